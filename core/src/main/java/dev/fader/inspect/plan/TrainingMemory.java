package dev.fader.inspect.plan;

import dev.fader.inspect.count.ParameterCount;
import dev.fader.inspect.count.TuningMethod;
import dev.fader.model.ModelConfig;
import dev.fader.model.ParameterLayout;
import dev.fader.model.convert.WeightType;
import java.util.Optional;
import java.util.OptionalLong;

/// The memory of training on each worker, in bytes. In float32 on one worker it equals [MemoryNeed]
/// without evaluation, where a step has one batch.
///
/// @param weights in the type of the matrix products
/// @param gradients of trainable parameters
/// @param optimizer optimizer state
/// @param copies float32 copies of trainable parameters
/// @param activations of one batch, with gradients
public record TrainingMemory(
    double weights, double gradients, double optimizer, double copies, double activations) {

  /// The memory of training all of `config`.
  public static TrainingMemory of(ModelConfig config, TrainingShape shape, TrainingSetup setup) {
    return new Calculation(config, shape, setup).all();
  }

  /// The memory of training a few parameters beside frozen weights of type `fixed`; empty for the
  /// setup's own type.
  public static TrainingMemory of(
      ModelConfig config,
      TrainingShape shape,
      TrainingSetup setup,
      TuningMethod method,
      Optional<WeightType> fixed) {
    return new Calculation(config, shape, setup).few(method, fixed);
  }

  private record Calculation(ModelConfig config, TrainingShape shape, TrainingSetup setup) {
    TrainingMemory all() {
      double matrices = 0;
      double others = 0;
      for (var spec : ParameterLayout.of(config)) {
        if (spec.role().isHidden() && spec.shape().rank() == 2 && !spec.bias()) {
          matrices += spec.shape().elements();
        } else {
          others += spec.shape().elements();
        }
      }
      var precision = setup.precision();
      double parameters = matrices + others;
      return new TrainingMemory(
          setup.share(parameters * precision.weight(), 3),
          setup.share(parameters * precision.gradient(), 2),
          setup.share(setup.optimizerBytes(matrices, others), 1),
          setup.share(parameters * precision.copy(), 1),
          activations());
    }

    TrainingMemory few(TuningMethod method, Optional<WeightType> fixed) {
      var precision = setup.precision();
      double trained = method.trainable(config);
      double kept =
          fixed.isPresent()
              ? WeightBytes.of(config, fixed.get()).all()
              : (double) ParameterCount.of(config).total() * precision.weight();
      return new TrainingMemory(
          setup.share(kept + trained * precision.weight(), 3),
          setup.share(trained * precision.gradient(), 2),
          setup.share(setup.optimizerBytes(trained, 0), 1),
          setup.share(trained * precision.copy(), 1),
          activations());
    }

    private double activations() {
      double elements = (double) ActivationMemory.of(config, shape).training() / Float.BYTES;
      return elements * setup.precision().activation();
    }
  }

  /// How many workers with `bytes` of memory are needed if everything but activations is sharded
  /// (ZeRO 3); empty if no number suffices.
  ///
  /// @param setup that this memory was computed for
  public OptionalLong workers(TrainingSetup setup, double bytes) {
    double shared =
        setup.whole(weights, 3)
            + setup.whole(gradients, 2)
            + setup.whole(optimizer, 1)
            + setup.whole(copies, 1);
    double room = bytes - activations;
    return room > 0
        ? OptionalLong.of(Math.max(1, (long) Math.ceil(shared / room)))
        : OptionalLong.empty();
  }

  /// The total.
  public double total() {
    return weights + gradients + optimizer + copies + activations;
  }
}
