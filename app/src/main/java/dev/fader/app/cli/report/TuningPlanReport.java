package dev.fader.app.cli.report;

import dev.fader.app.cli.terminal.FlagNames;
import dev.fader.app.cli.terminal.ScreenWidth;
import dev.fader.app.view.Json;
import dev.fader.inspect.count.ParameterCount;
import dev.fader.inspect.machine.Machine;
import dev.fader.inspect.plan.TrainingPlan;
import dev.fader.model.adapter.AdapterConfig;
import dev.fader.model.adapter.FullMethod;
import dev.fader.model.adapter.LoraMethod;
import dev.fader.model.adapter.ModuleSelection;
import dev.fader.model.adapter.PrefixMethod;
import dev.fader.model.adapter.PromptMethod;
import dev.fader.train.recipe.Recipe.Decision;
import dev.fader.tune.TuningData;
import dev.fader.tune.recipe.TuningPlan;
import dev.fader.tune.recipe.TuningRecipe;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/// What a run of tuning will do, before it does it.
public final class TuningPlanReport {
  private final Consumer<String> lines;
  private final int width = ScreenWidth.now();

  public TuningPlanReport(Consumer<String> lines) {
    this.lines = lines;
  }

  /// What is learned.
  public void data(TuningData data) {
    var counts = data.counts();
    data.formats().forEach(format -> line(6, "data: %s", format));
    line(
        6,
        "task: %s, from %,d %s of %,d tokens%s; %s",
        data.task().words(),
        counts.examples(),
        counts.examples() == 1 ? "example" : "examples",
        counts.tokens(),
        switch (data.task()) {
          case CONTINUATION ->
              String.format(Locale.ROOT, ", of which %,d are learned", counts.targets());
          case PREFERENCE, CLASSIFICATION -> "";
        },
        counts.heldOut() == 0
            ? "nothing is held out"
            : String.format(Locale.ROOT, "%,d are held out", counts.heldOut()));
  }

  /// What, how big, how long.
  public void show(AdapterConfig adapter, TuningRecipe recipe, TuningPlan plan, Machine machine) {
    var model = plan.model();
    long base = ParameterCount.of(model).total();
    line(
        9,
        isFull(adapter)
            ? "model: %s; %,d parameters learn, of %,d of %s (%.2f %%)"
            : "adapter: %s; %,d parameters learn beside %,d of %s that do not (%.2f %%)",
        words(adapter),
        plan.trained(),
        base,
        model.family(),
        100.0 * plan.trained() / base);
    var memory = plan.memory();
    line(
        8,
        "memory: %s of %s available, beside %s of the model's file: %s %s, gradients %s, optimizer %s, activations %s, program %s",
        TrainingPlan.bytes(memory.tensors() + plan.program()),
        TrainingPlan.bytes(machine.availableBytes()),
        TrainingPlan.bytes(memory.base()),
        isFull(adapter) ? "copies in float32 of what learns" : "adapter",
        TrainingPlan.bytes(memory.weights()),
        TrainingPlan.bytes(memory.gradients()),
        TrainingPlan.bytes(memory.optimizer()),
        TrainingPlan.bytes(memory.activations()),
        TrainingPlan.bytes(plan.program()));
    var batching = recipe.training().batching();
    long perStep = (long) batching.batch() * batching.accumulate();
    line(
        10,
        "training: %,d steps of %,d %s, all of them %.1f times, with %s at %s: %s",
        plan.steps(),
        perStep,
        unit(recipe.counts(), perStep == 1),
        (double) plan.steps() * perStep / recipe.counts().rows(batching.context()),
        recipe.training().optimizer().method().name().toLowerCase(Locale.ROOT),
        Double.toString(recipe.training().schedule().peak()).replace("E", "e"),
        PlanReport.about(plan.seconds()));
  }

  private static String unit(TuningData.Counts counts, boolean one) {
    return (counts.packed() ? "row" : "example") + (one ? "" : "s");
  }

  private static boolean isFull(AdapterConfig adapter) {
    return adapter.method() instanceof FullMethod;
  }

  private static String words(AdapterConfig adapter) {
    if (adapter.method() instanceof FullMethod(var train, var freeze)) {
      return String.join(", ", train)
          + (freeze.isEmpty() ? "" : " without " + String.join(", ", freeze));
    }
    var method =
        switch (adapter.method()) {
          case LoraMethod lora ->
              String.format(
                  Locale.ROOT,
                  "%s of rank %d, alpha %s",
                  lora.variant().decomposed() ? "DoRA" : "LoRA",
                  lora.ranks().rank(),
                  Double.toString(lora.ranks().alpha()).replaceFirst("\\.0$", ""));
          case PromptMethod prompt -> "%d virtual tokens".formatted(prompt.tokens());
          case PrefixMethod prefix ->
              "keys and values of %d virtual tokens".formatted(prefix.tokens());
          default -> adapter.method().type();
        };
    var targets =
        switch (adapter.targets().modules()) {
          case ModuleSelection.AllLinear() -> " in all linear layers";
          case ModuleSelection.Names(var names) -> " in " + String.join(", ", names);
          case ModuleSelection.Expression(var regex) -> " in " + regex;
          case ModuleSelection.Usual() -> "";
        };
    return method + targets;
  }

  /// Every choice with its reason.
  public void explain(List<Decision> adapter, TuningRecipe recipe) {
    adapter.forEach(this::decision);
    recipe.decisions().forEach(this::decision);
  }

  private void decision(Decision decision) {
    line(
        28, "  %-12s %-12s %s", FlagNames.of(decision.name()), decision.value(), decision.reason());
  }

  /// The plan for programs.
  public static Map<String, ?> summary(TuningData data, TuningPlan plan, Machine machine) {
    return Json.object(
        "task", data.task().name().toLowerCase(Locale.ROOT),
        "examples", data.counts().examples(),
        "held_out", data.counts().heldOut(),
        "trainable", plan.trained(),
        "memory_bytes", plan.memory().tensors() + plan.program(),
        "model_bytes", plan.memory().base(),
        "available_bytes", machine.availableBytes(),
        "steps", plan.steps(),
        "tokens_per_step", plan.tokensPerStep(),
        "seconds", plan.seconds());
  }

  /// A line, or several of which the others are indented.
  private void line(int indent, String format, Object... values) {
    var text = String.format(Locale.ROOT, format, values);
    ScreenWidth.wrapped(text, width, indent).forEach(lines);
  }
}
