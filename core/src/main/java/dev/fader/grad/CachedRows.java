package dev.fader.grad;

import dev.fader.tensor.Tensor;

/// The keys and values of earlier tokens, for one layer.
///
/// @param keys (capacity, keyValueHeads * headSize)
/// @param values as keys
public record CachedRows(Tensor keys, Tensor values) {}
