package dev.fader.tokenizer.pipeline;

import java.util.OptionalInt;

/// The tokens that begin and end a text: those named in `tokenizer_config.json`, else those with a
/// conventional name.
public record BoundaryTokens(OptionalInt begin, OptionalInt end) {
  /// The tokens with these ids, -1 for none.
  public static BoundaryTokens of(int begin, int end) {
    return new BoundaryTokens(
        begin < 0 ? OptionalInt.empty() : OptionalInt.of(begin),
        end < 0 ? OptionalInt.empty() : OptionalInt.of(end));
  }
}
