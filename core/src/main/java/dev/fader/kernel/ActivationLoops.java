package dev.fader.kernel;

import java.util.Optional;

/// One row of an activation.
sealed interface ActivationLoops
    permits ScalarActivation, VectorLogisticGate, VectorNormalGate, VectorRelu {
  /// Where f(x) and f'(x) go, as far as they are wanted.
  record Results(Optional<Matrix> value, Optional<Matrix> slope) {
    static Results value(Matrix value) {
      return new Results(Optional.of(value), Optional.empty());
    }

    static Results slope(Matrix slope) {
      return new Results(Optional.empty(), Optional.of(slope));
    }
  }

  /// Sets a row of the results; they may be x.
  void apply(Matrix x, Results results, int row);
}
