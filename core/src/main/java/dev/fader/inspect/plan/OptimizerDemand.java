package dev.fader.inspect.plan;

import dev.fader.inspect.count.ParameterCount;
import dev.fader.model.ModelConfig;
import dev.fader.model.ParameterLayout;
import dev.fader.model.ParameterSpec;

/// The resources that an optimizer needs.
///
/// @param bytes optimizer state and scratch memory
/// @param flopsPerStep matrix products; elementwise arithmetic is not counted
/// @param bytesMovedPerStep read and written by one pass over the parameters
public record OptimizerDemand(long bytes, double flopsPerStep, double bytesMovedPerStep) {
  private static final int FLOAT = Float.BYTES;

  /// Newton-Schulz iterations (Jordan et al. 2024).
  private static final int NEWTON_SCHULZ_STEPS = 5;

  /// Two moments per parameter; weight and moments are read and written, the gradient is read.
  public static OptimizerDemand adamw(ModelConfig config) {
    double parameters = ParameterCount.of(config).total();
    return new OptimizerDemand((long) (2 * FLOAT * parameters), 0, 7 * FLOAT * parameters);
  }

  /// One velocity per parameter.
  public static OptimizerDemand sgd(ModelConfig config) {
    double parameters = ParameterCount.of(config).total();
    return new OptimizerDemand((long) (FLOAT * parameters), 0, 5 * FLOAT * parameters);
  }

  /// A velocity per matrix between hidden states, two moments per other parameter, and scratch
  /// memory for the largest matrix: direction, two iterates, and two Gram matrices of its shorter
  /// side.
  public static OptimizerDemand muon(ModelConfig config) {
    long remembered = 0;
    long parameters = 0;
    long largest = 0;
    long shortest = 0;
    double flops = 0;
    for (var spec : ParameterLayout.of(config)) {
      long elements = spec.shape().elements();
      parameters += elements;
      if (spec.role().isHidden() && spec.shape().rank() == 2 && !spec.bias()) {
        remembered += elements;
        largest = Math.max(largest, elements);
        shortest = Math.max(shortest, shorter(spec));
        flops += newtonSchulz(spec);
      } else {
        remembered += 2 * elements;
      }
    }
    long scratch = 3 * largest + shortest * shortest;
    return new OptimizerDemand(
        FLOAT * (remembered + scratch + shortest * shortest), flops, 7.0 * FLOAT * parameters);
  }

  private static long shorter(ParameterSpec spec) {
    return Math.min(spec.shape().dimension(0), spec.shape().dimension(1));
  }

  /// `x x^T`, its square, and their polynomial times `x`.
  private static double newtonSchulz(ParameterSpec spec) {
    double shorter = shorter(spec);
    double longer = spec.shape().elements() / shorter;
    return NEWTON_SCHULZ_STEPS * 2 * shorter * shorter * (longer + shorter + longer);
  }
}
