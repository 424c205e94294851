package dev.fader.inspect.plan;

import dev.fader.inspect.count.ParameterCount;
import dev.fader.inspect.machine.Machine;
import dev.fader.inspect.machine.MachineSpeed;
import dev.fader.model.ModelConfig;
import java.util.Locale;

/// The expected cost of a training run.
///
/// @param parameters of the model, by component
/// @param memory by purpose
/// @param flops per token
/// @param flopsPerStep of one update: all its tokens, recomputation and the optimizer's products
/// @param secondsPerStep estimated from the measured speed of the machine
/// @param evaluationSeconds of all evaluations, as far as they were counted
public record TrainingPlan(
    ModelConfig model,
    TrainingShape shape,
    ParameterCount parameters,
    MemoryNeed memory,
    FlopsPerToken flops,
    double flopsPerStep,
    double secondsPerStep,
    double evaluationSeconds) {
  /// The plan of training `model` on a machine with this speed.
  public static TrainingPlan of(
      ModelConfig model, TrainingShape shape, OptimizerDemand optimizer, MachineSpeed speed) {
    var flops = FlopsPerToken.of(model, shape.time(), shape.recomputed());
    double flopsPerStep = flops.performed() * shape.tokensPerStep() + optimizer.flopsPerStep();
    double seconds =
        flopsPerStep / (speed.flopsPerSecond() * utilization(model.width()))
            + optimizer.bytesMovedPerStep() / speed.bytesPerSecond();
    return new TrainingPlan(
        model,
        shape,
        ParameterCount.of(model),
        MemoryNeed.of(model, shape, optimizer),
        flops,
        flopsPerStep,
        seconds,
        0);
  }

  /// The same with the forward passes of evaluations.
  ///
  /// @param tokens of all evaluations
  public TrainingPlan withEvaluations(double tokens, MachineSpeed speed) {
    double seconds =
        tokens * flops.forward() / (speed.flopsPerSecond() * utilization(model.width()));
    return new TrainingPlan(
        model, shape, parameters, memory, flops, flopsPerStep, secondsPerStep, seconds);
  }

  /// The same for one of several ranks that take steps together.
  ///
  /// @param part of each step that it takes
  /// @param need of this rank
  public TrainingPlan ofRank(double part, MemoryNeed need) {
    return new TrainingPlan(
        model,
        shape,
        parameters,
        need,
        flops,
        flopsPerStep,
        secondsPerStep * part,
        evaluationSeconds);
  }

  /// The fraction of the measured speed of large products that training reaches: narrow models
  /// spend more time outside products. Interpolates between 0.53 measured for width 384 and about
  /// 0.3 for 128, both on a busy machine.
  public static double utilization(int width) {
    return 0.6 * width / (width + 100);
  }

  /// Expected seconds of the whole run.
  public double seconds() {
    return secondsPerStep * shape.steps() + evaluationSeconds;
  }

  /// Checks that the run fits into memory.
  ///
  /// @throws InsufficientMemory with a one-line message that says what to do
  public void requireMemory(Machine machine) {
    if (memory.total() > machine.availableBytes()) {
      throw new InsufficientMemory(
          "training needs %s of memory and %s of %s is available (%s): %s"
              .formatted(
                  bytes(memory.total()),
                  bytes(machine.availableBytes()),
                  bytes(machine.memoryBytes()),
                  machine.memorySource(),
                  remedy()));
    }
  }

  private String remedy() {
    boolean mostlyActivations = memory.activations() > memory.tensors() - memory.activations();
    if (!mostlyActivations || shape.batch() == 1) {
      return "choose a smaller model (%s of it is for %d parameters)"
          .formatted(bytes(memory.tensors() - memory.activations()), parameters.total());
    }
    return "halve `batch` %d and double `accumulate` %d, or shorten `context` (%s of it is for activations)"
        .formatted(shape.batch(), shape.accumulate(), bytes(memory.activations()));
  }

  /// Formats a number of bytes: `1.5 GB`.
  public static String bytes(long bytes) {
    return scaled((double) bytes, "B");
  }

  /// Formats a number with an SI prefix: `15.2 TFLOP`.
  public static String scaled(double value, String unit) {
    String prefixes = " kMGTPE";
    int thousands = 0;
    double rest = value;
    while (rest >= 999.95 && thousands < prefixes.length() - 1) {
      rest /= 1000;
      thousands++;
    }
    String prefix = thousands == 0 ? "" : prefixes.substring(thousands, thousands + 1);
    return String.format(
        Locale.ROOT, thousands == 0 ? "%.0f %s%s" : "%.1f %s%s", rest, prefix, unit);
  }
}
