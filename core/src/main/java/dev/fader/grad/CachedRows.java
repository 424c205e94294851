package dev.fader.grad;

import dev.fader.tensor.Tensor;
import java.util.Optional;

/// What attention over earlier tokens reads besides the new ones, for one layer.
///
/// @param keys (capacity, keyValueHeads * headSize)
/// @param values as keys
/// @param sinks (heads), if there are any
public record CachedRows(Tensor keys, Tensor values, Optional<Variable> sinks) {
  /// Without sinks.
  public CachedRows(Tensor keys, Tensor values) {
    this(keys, values, Optional.empty());
  }

  /// The same rows with sinks or without.
  public CachedRows withSinks(Optional<Variable> scores) {
    return new CachedRows(keys, values, scores);
  }
}
