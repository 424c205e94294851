package dev.fader.tune;

import dev.fader.grad.RowRange;

/// What a classification head reads of a text.
public enum ClassPooling {
  /// The state of the last token, which has seen all others: what transformers' models do.
  LAST,
  /// The mean of the states of all tokens.
  MEAN;

  RowRange of(RowRange text) {
    return switch (this) {
      case LAST -> new RowRange(text.end() - 1, text.end());
      case MEAN -> text;
    };
  }
}
