package dev.fader.kernel.optimizer;

import dev.fader.tensor.Tensor;

/// One step of Adam with decoupled weight decay (Loshchilov and Hutter, arXiv:1711.05101).
///
/// @param learningRate of this step
/// @param beta1 decay of the first moment
/// @param beta2 decay of the second moment
/// @param epsilon added to the root of the second moment
/// @param weightDecay the weight loses `learningRate * weightDecay` of itself
/// @param step counted from 1: corrects the moments' bias to zero
/// @param gradientFactor the gradient is multiplied by this first: clipping, averaging
public record AdamW(
    float learningRate,
    float beta1,
    float beta2,
    float epsilon,
    float weightDecay,
    long step,
    float gradientFactor) {
  /// @throws IllegalArgumentException if the step is not counted from 1
  public AdamW {
    if (step < 1) {
      throw new IllegalArgumentException("AdamW counts its steps from 1, not " + step);
    }
  }

  /// The weight is multiplied by this.
  float keep() {
    return (float) (1 - (double) learningRate * weightDecay);
  }

  /// The learning rate over the first moment's bias correction.
  float stepSize() {
    return (float) (learningRate / (1 - Math.pow(beta1, (double) step)));
  }

  /// What corrects the root of the second moment for its bias.
  float rootCorrection() {
    return (float) (1 / Math.sqrt(1 - Math.pow(beta2, (double) step)));
  }

  /// Adam's running means of a weight's gradient and of its square, both of the weight's length.
  ///
  /// @param first mean of the gradient
  /// @param second mean of its square
  public record Moments(Tensor first, Tensor second) {}
}
