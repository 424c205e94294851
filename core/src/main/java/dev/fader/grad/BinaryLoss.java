package dev.fader.grad;

import dev.fader.tensor.Tensor;
import java.util.Optional;

/// The binary cross-entropy of logits, `ln(1 + e^x) - t x`, for examples that several labels may be
/// right for.
final class BinaryLoss {
  private BinaryLoss() {}

  /// The sum over all examples and labels, each label times its weight, and into the gradient of
  /// `logits` its slope times `gradientScale`.
  ///
  /// @param logits (examples, labels)
  /// @param targets (examples, labels): 1 where a label is right, else 0
  /// @param weights (labels), if they do not count alike
  static double forward(
      Tape tape, Variable logits, Tensor targets, Optional<Tensor> weights, float gradientScale) {
    var value = logits.value();
    int labels = value.shape().size(1);
    boolean learns = gradientScale != 0 && logits.needsGradient();
    var gradient =
        learns ? Optional.of(logits.gradientToAddTo(tape.workspace())) : Optional.<Tensor>empty();
    double sum = 0;
    if (tape.counting()) {
      return sum; // there are no numbers
    }
    for (long i = 0; i < value.elements(); i++) {
      double x = value.get(i);
      double target = targets.get(i);
      double weight = weights.isPresent() ? weights.get().get(i % labels) : 1;
      sum += weight * (Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))) - target * x);
      if (gradient.isPresent()) {
        double slope = gradientScale * weight * (1 / (1 + Math.exp(-x)) - target);
        gradient.get().set(i, (float) (gradient.get().get(i) + slope));
      }
    }
    return sum;
  }
}
