package dev.fader.train;

import dev.fader.inspect.OptimizerDemand;
import dev.fader.inspect.TrainingPlan;
import dev.fader.inspect.TrainingShape;
import dev.fader.model.ModelConfig;
import java.util.List;

/// A whole training run from whatever the user said of it: what the model is, how it is trained,
/// and why.
///
/// What is set by hand stays. The rest follows from one dial, which is the depth, a named size, or
/// the time there is: the measurements behind the rules are in `docs/performance.md`.
///
/// @param model what is trained
/// @param training how
/// @param decisions every choice with its reason, in the order they were made
public record Recipe(ModelConfig model, TrainingConfig training, List<Decision> decisions) {
  public Recipe {
    decisions = List.copyOf(decisions);
  }

  /// The recipe for what was asked.
  ///
  /// @throws TrainingException if what was set by hand contradicts itself
  /// @throws dev.fader.model.ModelConfigException if it makes no model
  public static Recipe of(RecipeRequest request, Circumstances circumstances) {
    var decisions = new Decisions(request);
    var model = new ModelRecipe(request, circumstances, decisions).decide();
    var training = new TrainingRecipe(request, circumstances, decisions).decide(model);
    return new Recipe(model, training, decisions.made());
  }

  /// The recipe for going on with a model that is there. It stays as it is; small steps change it
  /// gently.
  ///
  /// @throws TrainingException if a size of the model was set by hand, or the rest contradicts
  ///   itself
  public static Recipe of(ModelConfig model, RecipeRequest request, Circumstances circumstances) {
    request.requireOf(model);
    var decisions = new Decisions(request);
    var training = TrainingRecipe.ofAModel(request, circumstances, decisions).decide(model);
    return new Recipe(model, training, decisions.made());
  }

  /// The same with a model whose texts end with the token `id`.
  public Recipe withEnd(int id) {
    var tokens = new ModelConfig.SpecialTokens(id, List.of(id));
    return new Recipe(model.withSpecialTokens(tokens), training, decisions);
  }

  /// What the run will take in these circumstances.
  public TrainingPlan plan(Circumstances circumstances) {
    return TrainingPlan.of(
        model,
        shape(circumstances),
        demand(model, training.optimizer().method()),
        circumstances.speed());
  }

  private TrainingShape shape(Circumstances circumstances) {
    var batching = training.batching();
    var shape =
        new TrainingShape(
            batching.batch(),
            batching.accumulate(),
            batching.context(),
            1,
            training.recompute(),
            training.dropout() > 0);
    long steps =
        training
            .budget()
            .steps(batching.tokensPerStep(), circumstances.trainingTokens())
            .orElseGet(() -> stepsInTime(shape, circumstances));
    return shape.withSteps(steps);
  }

  private long stepsInTime(TrainingShape oneStep, Circumstances circumstances) {
    double seconds = ((Budget.Minutes) training.budget()).seconds();
    var plan =
        TrainingPlan.of(
            model, oneStep, demand(model, training.optimizer().method()), circumstances.speed());
    return Math.max(1, (long) (seconds / plan.secondsPerStep()));
  }

  /// What the method asks of the machine for this model.
  static OptimizerDemand demand(ModelConfig model, OptimizerConfig.Method method) {
    return switch (method) {
      case ADAMW -> OptimizerDemand.adamw(model);
      case MUON -> OptimizerDemand.muon(model);
      case SGD -> OptimizerDemand.sgd(model);
    };
  }
}
