package dev.fader.app.cli.report;

import dev.fader.app.cli.terminal.FlagNames;
import dev.fader.app.cli.terminal.ScreenWidth;
import dev.fader.app.view.Json;
import dev.fader.inspect.count.ParameterCount;
import dev.fader.inspect.plan.TrainingPlan;
import dev.fader.train.recipe.Recipe;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/// What a run will do, before it does it.
public final class PlanReport {
  private final Consumer<String> lines;
  private final int width = ScreenWidth.now();

  public PlanReport(Consumer<String> lines) {
    this.lines = lines;
  }

  /// What, how big, how long.
  public void show(Recipe recipe, TrainingPlan plan, Recipe.Resources resources) {
    var model = recipe.model();
    line(
        7,
        "model: %s, %s of width %,d, %,d tokens in the vocabulary, context %,d: %,d parameters%s",
        model.family(),
        model.layers() == 1 ? "1 layer" : model.layers() + " layers",
        model.width(),
        model.vocabularySize(),
        model.context(),
        plan.parameters().total(),
        active(plan.parameters()));
    line(
        8,
        "memory: %s of %s available",
        TrainingPlan.bytes(plan.memory().total()),
        TrainingPlan.bytes(resources.machine().availableBytes()));
    double tokens = (double) plan.shape().steps() * plan.shape().tokensPerStep();
    line(
        10,
        "training: %,d steps of %,d tokens, the text %s times, with %s: %s",
        plan.shape().steps(),
        plan.shape().tokensPerStep(),
        times(tokens / Math.max(1, resources.trainingTokens())),
        recipe.training().optimizer().method().name().toLowerCase(Locale.ROOT),
        about(plan.seconds()));
  }

  /// What experts leave of the parameters for a token.
  private static String active(ParameterCount count) {
    return count.active() == count.total()
        ? ""
        : String.format(Locale.ROOT, ", %,d of them used for a token", count.active());
  }

  private static String times(double times) {
    return String.format(Locale.ROOT, times < 10 ? "%.1f" : "%,.0f", times);
  }

  /// Every choice with its reason, every part of the model and of the memory.
  public void explain(Recipe recipe, TrainingPlan plan, Recipe.Resources resources) {
    for (var decision : recipe.decisions()) {
      line(
          28,
          "  %-12s %-12s %s",
          FlagNames.of(decision.name()),
          decision.value(),
          decision.reason());
    }
    parameters(plan.parameters());
    memory(plan, resources);
    work(plan, resources);
  }

  /// The same for programs.
  public static Map<String, ?> summary(TrainingPlan plan, Recipe.Resources resources) {
    return Json.object(
        "parameters", plan.parameters().total(),
        "active_parameters", plan.parameters().active(),
        "memory_bytes", plan.memory().total(),
        "available_bytes", resources.machine().availableBytes(),
        "steps", plan.shape().steps(),
        "tokens_per_step", plan.shape().tokensPerStep(),
        "flops", plan.flopsPerStep() * plan.shape().steps(),
        "evaluation_seconds", plan.evaluationSeconds(),
        "seconds", plan.seconds());
  }

  private void parameters(ParameterCount count) {
    line(2, "parameters: %,d%s", count.total(), active(count));
    for (var component : count.unique().entrySet()) {
      if (component.getValue() > 0) {
        line(
            2,
            "  %-24s %,15d  %5.1f %%",
            component.getKey().title(),
            component.getValue(),
            100.0 * component.getValue() / count.total());
      }
    }
    if (count.effectiveTotal() != count.total()) {
      line(2, "  used as %,d, as some are shared", count.effectiveTotal());
    }
  }

  private void memory(TrainingPlan plan, Recipe.Resources resources) {
    var need = plan.memory();
    line(
        8,
        "memory: %s: weights %s, gradients %s, optimizer %s, activations %s, program %s; available"
            + " %s",
        TrainingPlan.bytes(need.total()),
        TrainingPlan.bytes(need.weights()),
        TrainingPlan.bytes(need.gradients()),
        TrainingPlan.bytes(need.optimizer()),
        TrainingPlan.bytes(need.activations()),
        TrainingPlan.bytes(need.program()),
        TrainingPlan.bytes(resources.machine().availableBytes()));
  }

  private void work(TrainingPlan plan, Recipe.Resources resources) {
    var shape = plan.shape();
    line(
        6,
        "work: %,d steps of %,d tokens, %s per token, %s in all, and evaluations of %s; %s at %s",
        shape.steps(),
        shape.tokensPerStep(),
        TrainingPlan.scaled(plan.flops().training(), "FLOP"),
        TrainingPlan.scaled(plan.flopsPerStep() * shape.steps(), "FLOP"),
        duration(plan.evaluationSeconds()),
        about(plan.seconds()),
        TrainingPlan.scaled(resources.speed().flopsPerSecond(), "FLOP/s"));
  }

  /// A line, or several of which the others are indented.
  private void line(int indent, String format, Object... values) {
    var text = String.format(Locale.ROOT, format, values);
    ScreenWidth.wrapped(text, width, indent).forEach(lines);
  }

  /// What is expected of a run; compiling and saving, which no plan counts, take seconds of any.
  static String about(double seconds) {
    return seconds < 5 ? "a few seconds" : "about " + duration(seconds);
  }

  /// Seconds for people: `12 s`, `3 min 05 s`, `2 h 07 min`, `3 d 4 h`.
  static String duration(double seconds) {
    long whole = Math.round(seconds);
    if (whole < 60) {
      return whole + " s";
    }
    if (whole < 3600) {
      return String.format(Locale.ROOT, "%d min %02d s", whole / 60, whole % 60);
    }
    if (whole < 86_400) {
      return String.format(Locale.ROOT, "%d h %02d min", whole / 3600, whole % 3600 / 60);
    }
    return "%d d %d h".formatted(whole / 86_400, whole % 86_400 / 3600);
  }
}
