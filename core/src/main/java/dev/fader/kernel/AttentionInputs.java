package dev.fader.kernel;

/// The inputs of attention, or their gradients: `query` is (batch * queries, heads * headSize),
/// `key` and `value` are (batch * keys, keyValueHeads * headSize). They may be windows on one
/// tensor.
public record AttentionInputs(Matrix query, Matrix key, Matrix value) {}
