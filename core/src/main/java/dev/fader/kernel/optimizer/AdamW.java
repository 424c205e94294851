package dev.fader.kernel.optimizer;

import dev.fader.tensor.Tensor;

/// Adam with decoupled weight decay (Loshchilov and Hutter, arXiv:1711.05101) of one weight, with
/// the running means of its gradient and of the gradient's square.
///
/// @param beta1 decay of the first moment
/// @param beta2 decay of the second moment
/// @param epsilon added to the root of the second moment
/// @param weightDecay the weight loses `learningRate * weightDecay` of itself
/// @param first moment, of the weight's length
/// @param second moment, of the weight's length
public record AdamW(
    float beta1, float beta2, float epsilon, float weightDecay, Tensor first, Tensor second) {
  /// The weight is multiplied by this.
  float keep(Step step) {
    return (float) (1 - (double) step.learningRate() * weightDecay);
  }

  /// The learning rate over the first moment's bias correction.
  float stepSize(Step step) {
    return (float) (step.learningRate() / (1 - Math.pow(beta1, (double) step.number())));
  }

  /// What corrects the root of the second moment for its bias.
  float rootCorrection(Step step) {
    return (float) (1 / Math.sqrt(1 - Math.pow(beta2, (double) step.number())));
  }
}
