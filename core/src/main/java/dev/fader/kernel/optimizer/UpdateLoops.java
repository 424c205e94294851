package dev.fader.kernel.optimizer;

import dev.fader.tensor.Tensor;

/// A run of elements of each optimizer.
public sealed interface UpdateLoops permits ScalarUpdates, VectorUpdates {
  /// Moments smaller than this become 0: left alone they decay into denormal numbers, which are
  /// slow, and Java cannot switch these off.
  float TINY = 1e-30f;

  /// What a step of AdamW works on.
  record AdamWStep(AdamW how, Tensor weight, Tensor gradient, Moments moments) {}

  /// What a step of gradient descent works on.
  record MomentumStep(Momentum how, Tensor weight, Tensor gradient, Tensor velocity) {}

  /// Updates the weight and moments of elements `from` to `from + count - 1`.
  void adamw(AdamWStep step, long from, int count);

  /// Updates the weight and velocity of elements `from` to `from + count - 1`.
  void sgd(MomentumStep step, long from, int count);

  /// The sum of the squares of elements `from` to `from + count - 1`.
  double sumOfSquares(Tensor x, long from, int count);
}
