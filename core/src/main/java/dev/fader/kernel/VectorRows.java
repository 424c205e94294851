package dev.fader.kernel;

/// The Vector API loops. Loaded only where the module `jdk.incubator.vector` is present.
final class VectorRows {
  private VectorRows() {}

  static RowLoops loops() {
    return new RowLoops(
        new VectorElementwise(),
        VectorRows::activation,
        new VectorNormalization(),
        new VectorSoftmax(new VectorElementwise()),
        new VectorUpdates(new ScalarUpdates()));
  }

  private static ActivationLoops activation(Activation function) {
    var scalar = new ScalarActivation(function);
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
}
