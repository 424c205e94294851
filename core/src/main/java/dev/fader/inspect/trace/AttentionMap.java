package dev.fader.inspect.trace;

/// How much each token of a text attends to each of those before it, by one head.
///
/// @param weights one row a token, with a weight for each token up to itself, 0 beyond a window
/// @param sinks what each token gives to the head's sink, in whose place nothing is read; 0 in
///   models without sinks
@SuppressWarnings("ArrayRecordComponent") // looked at, never compared
public record AttentionMap(int layer, int head, float[][] weights, float[] sinks) {
  /// The longest text: its map takes 134 MB.
  public static final int MOST_TOKENS = 8192;

  /// Reads a text.
  ///
  /// @throws IllegalArgumentException if there is no such layer or head, or the text is longer than
  ///   [#MOST_TOKENS]
  /// @throws dev.fader.generate.ContextFullException if it is longer than the context
  /// @throws dev.fader.tensor.OutOfTensorMemory if there is no room for it
  public static AttentionMap of(TracedModel model, int[] ids, int layer, int head) {
    model.requireHead(head);
    return AttentionStates.of(model, ids, layer).map(head);
  }
}
