package dev.fader.inspect.plan;

import dev.fader.inspect.count.ParameterCount;
import dev.fader.model.ModelConfig;
import dev.fader.model.ParameterLayout;

/// The memory that training takes, by purpose, in bytes.
///
/// @param weights the parameter table
/// @param gradients one number per parameter, and where a step has several batches their sum
/// @param optimizer optimizer state and scratch memory
/// @param activations of one batch, with gradients and logits; of an evaluation; rotary tables,
///   token ids and losses
/// @param program the JVM: heap, compiled code, threads
public record MemoryNeed(
    long weights, long gradients, long optimizer, long activations, long program) {
  /// Resident size of a small training run without its tensors, rounded up, with the buffers of the
  /// engine of products, some 25 MB.
  private static final long PROGRAM = 300L << 20;

  /// The memory of training `config`.
  ///
  /// @throws InsufficientMemory if the sum overflows
  public static MemoryNeed of(ModelConfig config, TrainingShape shape, OptimizerDemand optimizer) {
    try {
      return counted(config, shape, optimizer);
    } catch (ArithmeticException overflow) {
      throw new InsufficientMemory(
          "training needs more memory than can be counted: choose a smaller model, `batch` or"
              + " `context`");
    }
  }

  private static MemoryNeed counted(
      ModelConfig config, TrainingShape shape, OptimizerDemand optimizer) {
    long table = floats(ParameterCount.of(config).total());
    return new MemoryNeed(
        table,
        Math.multiplyExact(table, shape.accumulate() > 1 ? 2 : 1),
        Math.addExact(optimizer.bytes(), floats(largestInLayer(config))),
        activations(config, shape),
        PROGRAM);
  }

  /// A copy for measuring the size of updates.
  private static long largestInLayer(ModelConfig config) {
    return ParameterLayout.of(config).stream()
        .filter(spec -> spec.role().inLayer())
        .mapToLong(spec -> spec.shape().elements())
        .max()
        .orElse(0);
  }

  private static long activations(ModelConfig config, TrainingShape shape) {
    var memory = ActivationMemory.of(config, shape);
    long perRow = 3; // id, target, loss
    return memory.positions()
        + floats(perRow * shape.rows())
        + memory.training()
        + memory.inference();
  }

  private static long floats(long elements) {
    return Math.multiplyExact(elements, Float.BYTES);
  }

  /// All tensors: the peak of tensor memory.
  public long tensors() {
    return weights + gradients + optimizer + activations;
  }

  /// The whole process.
  public long total() {
    return tensors() + program;
  }
}
