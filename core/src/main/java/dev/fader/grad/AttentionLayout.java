package dev.fader.grad;

import dev.fader.kernel.attention.AttentionInputs;
import dev.fader.kernel.matrix.Matrix;
import java.util.Optional;

/// Where queries, keys and values stand in the columns of one matrix: `queries | keys | values`.
///
/// @param heads query heads
/// @param keyValueHeads key heads, and value heads
/// @param headSize columns per head
public record AttentionLayout(int heads, int keyValueHeads, int headSize) {
  int queryWidth() {
    return heads * headSize;
  }

  int keyValueWidth() {
    return keyValueHeads * headSize;
  }

  Matrix query(Matrix all) {
    return all.columns(0, queryWidth());
  }

  Matrix key(Matrix all) {
    return all.columns(queryWidth(), keyValueWidth());
  }

  Matrix value(Matrix all) {
    return all.columns(queryWidth() + keyValueWidth(), keyValueWidth());
  }

  /// The three windows on one matrix.
  record Parts(Matrix query, Matrix key, Matrix value) {}

  Parts parts(Matrix all) {
    return new Parts(query(all), key(all), value(all));
  }

  AttentionInputs inputs(Matrix all, Optional<Variable> sinks) {
    return new AttentionInputs(query(all), key(all), value(all), sinks.map(Variable::value));
  }
}
