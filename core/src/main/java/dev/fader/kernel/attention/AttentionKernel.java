package dev.fader.kernel.attention;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.tensor.Tensor;

/// Causal attention and its gradient, never holding the scores of all heads at once.
public sealed interface AttentionKernel permits ScalarAttention, VectorAttention {
  /// Sets `out` and `logSumExp`. Shapes have been checked.
  void forward(AttentionShape shape, AttentionInputs in, Matrix out, Tensor logSumExp);

  /// Sets the gradients of query, key and value. Shapes have been checked.
  void backward(
      AttentionShape shape, AttentionInputs in, AttentionResult result, AttentionInputs gradients);
}
