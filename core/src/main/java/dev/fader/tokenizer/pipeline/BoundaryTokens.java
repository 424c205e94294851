package dev.fader.tokenizer.pipeline;

import java.util.OptionalInt;

/// The tokens that begin and end a text: those that `tokenizer_config.json` names, else those that
/// go by a usual name.
public record BoundaryTokens(OptionalInt begin, OptionalInt end) {
  /// Those with these ids, where -1 is none.
  public static BoundaryTokens of(int begin, int end) {
    return new BoundaryTokens(
        begin < 0 ? OptionalInt.empty() : OptionalInt.of(begin),
        end < 0 ? OptionalInt.empty() : OptionalInt.of(end));
  }
}
