package dev.fader.kernel.product;

import dev.fader.kernel.matrix.Window;

/// The innermost loops of [SparseProduct].
///
/// An output is one chain of fused multiply-adds over the neurons, in order; of levels with scales
/// a chain over each 32 neurons that share a scale, and one over these. A neuron that is zero
/// changes nothing in it, unless a sum is -0, which [SparseProduct] makes 0 at the end. All vector
/// widths and the scalar loops give the same bits here.
sealed interface NeuronLoops permits ScalarNeurons, VectorNeurons {
  /// Adds the neurons `from` to `to - 1` of a row's active ones to `count` sums from `sums[at]` on:
  /// the outputs from `first` on. Those of levels share one scale.
  void add(NeuronTerms terms, int from, int to, float[] sums, int at);

  /// The dot product of a line of `up` and a row of `x`.
  ///
  /// @param decoded memory for a decoded piece
  float dot(Window up, int line, float[] x, int depth, float[] decoded);
}
