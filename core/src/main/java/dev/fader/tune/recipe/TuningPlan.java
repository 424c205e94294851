package dev.fader.tune.recipe;

import dev.fader.inspect.machine.Machine;
import dev.fader.inspect.machine.MachineSpeed;
import dev.fader.inspect.plan.FlopsPerToken;
import dev.fader.inspect.plan.TrainingPlan;
import dev.fader.model.ModelConfig;
import dev.fader.train.TrainingBudget;
import dev.fader.train.TrainingConfig;
import dev.fader.train.TrainingException;
import dev.fader.tune.TuningData.Counts;
import dev.fader.tune.TuningMemory;

/// The expected cost of tuning.
///
/// @param model that is tuned
/// @param trained how many parameters learn
/// @param memory by purpose
/// @param steps of the run
/// @param tokensPerStep that the model reads, on average
/// @param flopsPerToken of a step
/// @param secondsPerStep estimated from the measured speed of the machine
public record TuningPlan(
    ModelConfig model,
    long trained,
    TuningMemory memory,
    long steps,
    double tokensPerStep,
    double flopsPerToken,
    double secondsPerStep) {
  /// Resident size of the program without its tensors, rounded up.
  private static final long PROGRAM = 300L << 20;

  /// A factor learns by three products, as any parameter.
  private static final double FLOPS_PER_TRAINED = 6;

  /// The plan of a run on a machine with this speed, or on several, with theirs together.
  public static TuningPlan of(
      ModelConfig model, TuningMemory memory, TuningRecipe recipe, MachineSpeed speed) {
    var config = recipe.training();
    var counts = recipe.counts();
    long trained = memory.gradients() / Float.BYTES;
    double perToken = flopsPerToken(model, trained, config.recompute(), counts);
    long rows = Math.max(1, counts.rows(config.batching().context()));
    double tokens =
        (double) counts.tokens()
            / rows
            * config.batching().batch()
            * config.batching().accumulate();
    double seconds =
        tokens * perToken / (speed.flopsPerSecond() * TrainingPlan.utilization(model.width()));
    return new TuningPlan(
        model, trained, memory, steps(config, counts, seconds), tokens, perToken, seconds);
  }

  /// Of parameters that do not learn only the gradient of their input is needed: two products in
  /// place of three.
  static double flopsPerToken(ModelConfig model, long trained, boolean recomputed, Counts counts) {
    int time = (int) Math.max(1, counts.tokens() / Math.max(1, counts.examples()));
    var flops = FlopsPerToken.of(model, time, recomputed);
    return 2 * flops.forward()
        + (recomputed ? flops.layers() + flops.attention() : 0)
        + FLOPS_PER_TRAINED * trained;
  }

  private static long steps(TrainingConfig config, Counts counts, double secondsPerStep) {
    var batching = config.batching();
    double targetsPerRow = (double) counts.targets() / Math.max(1, counts.rows(batching.context()));
    long perStep =
        Math.max(1, Math.round(targetsPerRow * batching.batch() * batching.accumulate()));
    return config
        .budget()
        .steps(perStep, counts.targets())
        .orElseGet(() ->
            Math.max(
                1, (long) (((TrainingBudget.Minutes) config.budget()).seconds() / secondsPerStep)));
  }

  /// Expected seconds of the whole run, without evaluations.
  public double seconds() {
    return secondsPerStep * steps;
  }

  /// The memory of the whole process; the model's is that of its file, which the system keeps and
  /// takes back as it likes.
  public long total() {
    return memory.base() + memory.tensors() + PROGRAM;
  }

  /// Checks that the run fits into memory, but for the model, which may be larger than that.
  ///
  /// @throws TrainingException with a one-line message that says what to do
  public void requireMemory(Machine machine) {
    long needed = memory.tensors() + PROGRAM;
    boolean byWhatLearns = memory.tensors() - memory.activations() > memory.activations();
    TrainingException.require(
        needed <= machine.availableBytes(),
        "tuning needs %s of memory beside the model and %s of %s is available (%s): %s",
        TrainingPlan.bytes(needed),
        TrainingPlan.bytes(machine.availableBytes()),
        TrainingPlan.bytes(machine.memoryBytes()),
        machine.memorySource(),
        byWhatLearns
            ? "most of it is of what learns; let less learn: choose a lower `rank`, fewer `targets`, or fewer parameters"
            : "halve `batch` and double `accumulate`, shorten `context`, or give `recompute`");
  }

  /// The memory of the program itself.
  public long program() {
    return PROGRAM;
  }
}
