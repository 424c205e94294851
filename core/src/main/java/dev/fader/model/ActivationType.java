package dev.fader.model;

/// How generation takes the activations that it multiplies with quantised weights, those of one
/// token or a few.
///
/// Eight bits are a whole number from -127 to 127 for each activation and a scale for each 32
/// neighbours, much as in llama.cpp, which has one for each 256 with weights in Q4_K: the products
/// are computed in whole numbers, which is faster. Only weights in Q4_0, Q4_1 and Q4_K are
/// multiplied so, and only where they are repacked ([Decoder#repack]); prompts of more than a few
/// tokens are so only in the last product, that of their logits.
public enum ActivationType {
  /// Eight bits for models whose repacked weights take more than 64 MB, float32 for smaller ones,
  /// which the processor's caches hold and which have less to spare.
  AUTOMATIC,

  /// The reference.
  FLOAT32,

  /// Eight bits, whatever the size.
  EIGHT_BITS
}
