package dev.fader.generate;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/// The result of a generation.
///
/// @param ids the new tokens, without one that ended it
/// @param text their text, up to a stop string; empty where the model has no tokenizer
/// @param promptTokens tokens of the prompt
/// @param reusedTokens prompt tokens that were in the KV cache already
/// @param readTokens prompt tokens that were read now: the rest, unless interrupted
/// @param stopReason why it ended
/// @param stop the stop string that ended it, if one has
/// @param promptSeconds time to read them
/// @param seconds time to write the new tokens
/// @param acceptance what speculative decoding saved, if it was asked for
/// @param skippedShare the share of the neurons that was zero and skipped since the model was
///   opened, if zeros are skipped
public record Generation(
    List<Integer> ids,
    String text,
    int promptTokens,
    int reusedTokens,
    int readTokens,
    StopReason stopReason,
    Optional<String> stop,
    double promptSeconds,
    double seconds,
    Optional<Acceptance> acceptance,
    OptionalDouble skippedShare) {
  /// Why generation ended.
  public enum StopReason {
    /// The maximum number of tokens was reached: the text may be cut off.
    LENGTH,
    /// The model wrote a token that ends a text.
    END_TOKEN,
    /// A stop string was written.
    STOP_TEXT,
    /// The text is complete by the grammar or schema.
    GRAMMAR,
    /// The model's context is full.
    CONTEXT,
    /// Another thread interrupted it.
    INTERRUPTED
  }
}
