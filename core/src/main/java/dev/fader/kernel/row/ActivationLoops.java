package dev.fader.kernel.row;

import dev.fader.kernel.matrix.Matrix;
import java.util.Optional;

/// One row of an activation.
sealed interface ActivationLoops
    permits ScalarActivation, VectorLogisticGate, VectorNormalGate, VectorRelu {
  static ActivationLoops of(Activation function, boolean vectors) {
    var scalar = new ScalarActivation(function);
    if (!vectors) {
      return scalar;
    }
    return switch (function) {
      case GELU -> new VectorNormalGate(scalar);
      case GELU_TANH ->
          new VectorLogisticGate(scalar, ScalarActivation.TANH_LINEAR, ScalarActivation.TANH_CUBIC);
      case SILU -> new VectorLogisticGate(scalar, 1, 0);
      case QUICK_GELU -> new VectorLogisticGate(scalar, ScalarActivation.QUICK_LINEAR, 0);
      case RELU -> new VectorRelu(scalar, false);
      case RELU_SQUARED -> new VectorRelu(scalar, true);
    };
  }

  /// Where f(x) and f'(x) go, as far as they are wanted.
  public record Results(Optional<Matrix> value, Optional<Matrix> slope) {
    static Results value(Matrix value) {
      return new Results(Optional.of(value), Optional.empty());
    }

    static Results slope(Matrix slope) {
      return new Results(Optional.empty(), Optional.of(slope));
    }
  }

  /// Sets a row of the results; they may be x.
  public void apply(Matrix x, Results results, int row);
}
