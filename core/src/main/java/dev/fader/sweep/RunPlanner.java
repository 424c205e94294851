package dev.fader.sweep;

import dev.fader.inspect.plan.FlopsPerToken;
import dev.fader.model.ModelConfig;
import dev.fader.sweep.SweepRun.Purpose;
import dev.fader.sweep.law.ScalingLaw;
import dev.fader.train.OptimizerConfig;
import dev.fader.train.TrainingConfig;
import dev.fader.train.recipe.Hyperparameter;
import dev.fader.train.recipe.Recipe;
import dev.fader.train.recipe.RecipeRequest;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;

/// Plans one run of many that are compared: what they have in common, and whole steps.
final class RunPlanner {
  private static final double CHECKPOINT_SECONDS = 120;
  private static final int USUAL_CONTEXT = 128;

  private final Recipe.Resources resources;
  private final OptionalInt end;

  /// @param end the token that ends a text, if the tokenizer has one
  RunPlanner(Recipe.Resources resources, OptionalInt end) {
    this.resources = resources;
    this.end = end;
  }

  /// What else would follow from the size and the length of a run.
  static RecipeRequest common(RecipeRequest given) {
    var choices = given.choices();
    var optimizer = choices.optimizer().orElse(OptimizerConfig.Method.MUON);
    var same =
        new RecipeRequest.Choices(
            choices.architecture(),
            choices.schedule(),
            Optional.of(optimizer),
            Optional.of(choices.tied().orElse(false)),
            choices.decayAll(),
            choices.recompute(),
            false,
            choices.router(),
            choices.balance(),
            choices.activation());
    return given
        .with(same)
        .with(Hyperparameter.CONTEXT, given.number(Hyperparameter.CONTEXT).orElse(USUAL_CONTEXT));
  }

  /// Floating-point operations of training for each token.
  double flops(RecipeRequest request) {
    var one = Recipe.of(request.with(Hyperparameter.TOKENS, 1), resources);
    return flops(one.model(), one.training());
  }

  private static double flops(ModelConfig model, TrainingConfig training) {
    return FlopsPerToken.of(model, training.batching().context(), false).training();
  }

  /// A run that reads about so many tokens, to whole steps.
  SweepRun run(String name, RecipeRequest request, double wanted) {
    var lasting = Recipe.of(request.with(Hyperparameter.TOKENS, wanted), resources);
    var batching = lasting.training().batching();
    int batch = batch(request, batching, wanted);
    long perStep = (long) batch * batching.accumulate() * batching.context();
    long steps = Math.max(1, Math.round(wanted / perStep));
    double tokens = (double) steps * perStep;
    var recipe =
        Recipe.of(
                request
                    .with(Hyperparameter.TOKENS, tokens)
                    .with(Hyperparameter.BATCH, batch)
                    .with(Hyperparameter.ACCUMULATE, batching.accumulate())
                    .with(cadence(request.cadence(), steps, lasting.plan(resources).seconds())),
                resources)
            .withEnd(end);
    double size = flops(recipe.model(), recipe.training()) / ScalingLaw.OPERATIONS;
    return new SweepRun(
        name,
        Purpose.EXPERIMENT,
        ScalingLaw.OPERATIONS * size * tokens,
        recipe,
        size,
        tokens,
        tokens / Math.max(1, resources.trainingTokens()),
        recipe.plan(resources).seconds());
  }

  /// Sequences of a step: the recipe's, but for powers of two, by which runs of nearly equal length
  /// would differ by the half.
  private static int batch(RecipeRequest request, TrainingConfig.Batching derived, double tokens) {
    boolean given = request.has(Hyperparameter.BATCH) || derived.accumulate() > 1;
    return given
        ? derived.batch()
        : Math.toIntExact(
            Math.clamp(
                Math.round(Recipe.tokensPerStep(tokens) / derived.context()),
                1,
                2L * derived.batch()));
  }

  /// One evaluation, at the end, of as much text as is held out; on the way a checkpoint every two
  /// minutes or so, which is what an interruption may cost.
  private static TrainingConfig.Cadence cadence(
      TrainingConfig.Cadence given, long steps, double seconds) {
    long parts = (long) Math.clamp(Math.ceil(seconds / CHECKPOINT_SECONDS), 1, (double) steps);
    return new TrainingConfig.Cadence(
        steps, given.evaluationBatches(), Math.ceilDiv(steps, parts), 1, steps);
  }

  static String number(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e5
        ? String.format(Locale.ROOT, "%.0f", value)
        : Double.toString(value).replace("E", "e").replace(".0e", "e");
  }
}
