package dev.fader.train.recipe;

import dev.fader.inspect.machine.Machine;
import dev.fader.inspect.machine.MachineSpeed;
import dev.fader.inspect.plan.OptimizerDemand;
import dev.fader.inspect.plan.TrainingPlan;
import dev.fader.inspect.plan.TrainingShape;
import dev.fader.model.ModelConfig;
import dev.fader.train.OptimizerConfig;
import dev.fader.train.TrainingBudget;
import dev.fader.train.TrainingConfig;
import dev.fader.train.TrainingException;
import java.util.List;
import java.util.OptionalInt;

/// A complete training run derived from the few settings that are given: model, training
/// configuration, and the reason of each choice.
///
/// What is set by hand stays. The rest follows from the depth, a named size or a time budget; the
/// experiments behind the rules are in `docs/decisions`, 0011.
///
/// @param model configuration of the model
/// @param training configuration of the training
/// @param decisions every choice with its reason, in the order they were made
public record Recipe(ModelConfig model, TrainingConfig training, List<Decision> decisions) {
  public Recipe {
    decisions = List.copyOf(decisions);
  }

  /// The recipe for a new model.
  ///
  /// @throws dev.fader.train.TrainingException if what was set by hand contradicts itself
  /// @throws dev.fader.model.ModelConfigException if it makes no model
  public static Recipe of(RecipeRequest request, Resources resources) {
    var decisions = new DecisionLog(request);
    var model = new ModelRecipe(request, resources, decisions).decide();
    var training = new TrainingRecipe(request, resources, decisions).decide(model);
    return new Recipe(model, training, decisions.made());
  }

  /// The recipe for fine-tuning an existing model: its configuration is kept, and the learning rate
  /// is low.
  ///
  /// @throws dev.fader.train.TrainingException if a size of the model was set by hand, or the rest
  ///   contradicts itself
  public static Recipe of(ModelConfig model, RecipeRequest request, Resources resources) {
    request.requireOf(model);
    var decisions = new DecisionLog(request);
    var training = TrainingRecipe.forFineTuning(request, resources, decisions).decide(model);
    return new Recipe(model, training, decisions.made());
  }

  /// The recipe for a model that has just been given dReLU, which has much to learn again.
  ///
  /// @throws dev.fader.train.TrainingException if a size of the model was set by hand, or the rest
  ///   contradicts itself
  public static Recipe ofTurned(ModelConfig model, RecipeRequest request, Resources resources) {
    request.requireOf(model);
    var decisions = new DecisionLog(request);
    var training = TrainingRecipe.forTurned(request, resources, decisions).decide(model);
    return new Recipe(model, training, decisions.made());
  }

  /// The recipe for a resumed run: the model is that of its checkpoint, and the rest is derived as
  /// before.
  ///
  /// @throws dev.fader.train.TrainingException if a size of the model is set to something else, or
  ///   the rest contradicts itself
  public static Recipe resumed(ModelConfig model, RecipeRequest request, Resources resources) {
    request.requireSizesOf(model);
    var decisions = new DecisionLog(request);
    var training = new TrainingRecipe(request, resources, decisions).decide(model);
    return new Recipe(model, training, decisions.made());
  }

  /// The width that a model of `layers` gets where nothing else is set.
  public static int width(int layers) {
    return DefaultSizes.width(layers);
  }

  /// The tokens of a step that a run of so many tokens gets, before they are made a power of two.
  public static double tokensPerStep(double tokens) {
    return TrainingRecipe.exactTokensPerStep(tokens);
  }

  /// Refuses a tokenizer with more ids than the model to begin with has.
  ///
  /// @throws TrainingException if it has
  public static void requireVocabulary(ModelConfig initial, int vocabulary) {
    if (vocabulary > initial.vocabularySize()) {
      throw new TrainingException(
          "the tokenizer has %d ids and the model to begin with %d: give the model's own tokenizer"
              .formatted(vocabulary, initial.vocabularySize()));
    }
  }

  /// The same with a model whose texts end with the token `id`, if there is one.
  public Recipe withEnd(OptionalInt id) {
    return id.isPresent() ? withEnd(id.getAsInt()) : this;
  }

  private Recipe withEnd(int id) {
    var tokens = new ModelConfig.SpecialTokens(id, List.of(id));
    return new Recipe(model.withSpecialTokens(tokens), training, decisions);
  }

  /// The memory, the time and the arithmetic that the run takes with these resources.
  public TrainingPlan plan(Resources resources) {
    return TrainingPlan.of(
        model, shape(resources), demand(model, training.optimizer().method()), resources.speed());
  }

  /// The same with the evaluations of a text of which so many tokens are held out. A run of so many
  /// minutes takes their time from that of its steps.
  public TrainingPlan plan(Resources resources, long heldOut) {
    var plan = plan(resources);
    if (training.budget() instanceof TrainingBudget.Minutes) {
      return plan;
    }
    var cadence = training.cadence();
    int context = training.batching().context();
    double tokens =
        Math.min((double) heldOut, (double) cadence.evaluationWindows(context) * context);
    return plan.withEvaluations(
        cadence.evaluations(plan.shape().steps()) * tokens, resources.speed());
  }

  private TrainingShape shape(Resources resources) {
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
            .steps(batching.tokensPerStep(), resources.trainingTokens())
            .orElseGet(() -> stepsInTime(shape, resources));
    return shape.withSteps(steps);
  }

  private long stepsInTime(TrainingShape oneStep, Resources resources) {
    double seconds = ((TrainingBudget.Minutes) training.budget()).seconds();
    var plan =
        TrainingPlan.of(
            model, oneStep, demand(model, training.optimizer().method()), resources.speed());
    return Math.max(1, (long) (seconds / plan.secondsPerStep()));
  }

  /// The memory and arithmetic of the optimizer for this model.
  public static OptimizerDemand demand(ModelConfig model, OptimizerConfig.Method method) {
    return switch (method) {
      case ADAMW -> OptimizerDemand.adamw(model);
      case MUON -> OptimizerDemand.muon(model);
      case SGD -> OptimizerDemand.sgd(model);
    };
  }

  /// The text and the machine that a recipe is made for.
  ///
  /// @param trainingTokens tokens of the text that is learned from
  /// @param vocabulary token ids of the tokenizer
  public record Resources(
      long trainingTokens, int vocabulary, Machine machine, MachineSpeed speed) {}

  /// One choice of a recipe.
  ///
  /// @param name of the field, such as `width`
  /// @param value chosen
  /// @param reason in a few words
  public record Decision(String name, String value, String reason) {
    /// The reason given for what the user set.
    public static final String BY_HAND = "set by hand";
  }
}
