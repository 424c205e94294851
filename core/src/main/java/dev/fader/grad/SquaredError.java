package dev.fader.grad;

import dev.fader.tensor.Tensor;

/// The loss of regression, for models of a few numbers: language models have the head's loss.
final class SquaredError {
  private SquaredError() {}

  /// The mean of `(x - target)^2`, and into the gradient of `x` its derivative, if it is wanted.
  static double forward(Tape tape, Variable x, Tensor targets, boolean withGradient) {
    var value = x.value();
    if (!value.shape().equals(targets.shape())) {
      throw new IllegalArgumentException(
          "targets of shape %s for results of shape %s".formatted(targets.shape(), value.shape()));
    }
    long count = value.elements();
    double sum = 0;
    for (long i = 0; i < count; i++) {
      double difference = value.get(i) - targets.get(i);
      sum += difference * difference;
    }
    if (withGradient && x.needsGradient()) {
      addGradient(x.gradientToAddTo(tape.workspace()), value, targets);
    }
    return sum / count;
  }

  private static void addGradient(Tensor gradient, Tensor value, Tensor targets) {
    long count = value.elements();
    for (long i = 0; i < count; i++) {
      float difference = value.get(i) - targets.get(i);
      gradient.set(i, gradient.get(i) + 2 * difference / count);
    }
  }
}
