package dev.fader.kernel.attention;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.tensor.Tensor;
import java.util.Optional;

/// The inputs of attention, or their gradients: `query` is (batch * queries, heads * headSize),
/// `key` and `value` are (batch * keys, keyValueHeads * headSize). They may be windows on one
/// tensor.
///
/// @param sinks (heads), if there are any: a score of each head that takes its share of the softmax
///   and has no value (gpt-oss). Among gradients it is empty: it follows from output and statistics
public record AttentionInputs(Matrix query, Matrix key, Matrix value, Optional<Tensor> sinks) {
  /// Without sinks.
  public AttentionInputs(Matrix query, Matrix key, Matrix value) {
    this(query, key, value, Optional.empty());
  }

  /// The score of a head that attends to nothing; one that has none is never chosen.
  float sink(int head) {
    return sinks.isPresent() ? sinks.get().get(head) : Float.NEGATIVE_INFINITY;
  }
}
