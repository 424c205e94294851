package dev.fader.kernel;

/// The loops of one tier: what a single row, or a run of elements, is put through. Threads, chunks
/// and checks are written once, around these.
record RowLoops(
    ElementwiseLoops elementwise,
    Activations activations,
    NormalizationLoops normalization,
    SoftmaxLoops softmax,
    UpdateLoops updates) {

  /// The loops of each function.
  interface Activations {
    ActivationLoops of(Activation function);
  }

  /// The reference.
  static RowLoops scalar() {
    return new RowLoops(
        new ScalarElementwise(),
        ScalarActivation::new,
        new ScalarNormalization(),
        new ScalarSoftmax(),
        new ScalarUpdates());
  }
}
