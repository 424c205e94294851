package dev.fader.generate;

import java.util.List;

/// What was written.
///
/// @param ids the new tokens, without one that ended it
/// @param text their text, up to a stop string; empty where the model has no tokenizer
/// @param promptTokens tokens of the prompt
/// @param reusedTokens those of them that the session had read before
/// @param readTokens those of them that it read now: the rest, unless it was interrupted
/// @param stopReason why it ended
/// @param promptSeconds time to read these
/// @param seconds time to write the new tokens
public record Generation(
    List<Integer> ids,
    String text,
    int promptTokens,
    int reusedTokens,
    int readTokens,
    StopReason stopReason,
    double promptSeconds,
    double seconds) {
  /// Why generation ended.
  public enum StopReason {
    /// As many tokens as were asked for: the text may be cut.
    LENGTH,
    /// The model wrote a token that ends a text.
    END_TOKEN,
    /// A stop string was written.
    STOP_TEXT,
    /// The text is all that the grammar or schema allows.
    GRAMMAR,
    /// The model's context is full.
    CONTEXT,
    /// Another thread asked for it.
    INTERRUPTED
  }
}
