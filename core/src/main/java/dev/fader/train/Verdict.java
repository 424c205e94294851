package dev.fader.train;

import java.util.Locale;
import java.util.OptionalLong;

/// What a learning curve says, in plain words.
///
/// @param kind the word
/// @param evidence the numbers it rests on
/// @param advice what to do about it; empty where nothing needs doing
/// @param bestStep the step with the lowest validation loss, if there was an evaluation
public record Verdict(Kind kind, String evidence, String advice, OptionalLong bestStep) {
  /// The words.
  public enum Kind {
    /// Too little has happened to say more.
    NEEDS_DATA,
    /// The loss is falling.
    LEARNING,
    /// It no longer is.
    PLATEAU,
    /// The validation loss rises from its lowest while the training loss falls.
    OVERFITTING,
    /// The validation loss is above that of the model the run began with.
    WORSE,
    /// The run ended, or the loss stalled, before the model learned what it could.
    UNDERFITTING,
    /// The loss jumps, or has risen on all data.
    UNSTABLE,
    /// A loss or a gradient is no number.
    DIVERGED;

    /// The word as it is written in a sentence.
    public String word() {
      return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
  }

  /// One sentence: the word, the evidence and the advice.
  public String sentence() {
    return kind.word() + ": " + evidence + (advice.isEmpty() ? "" : "; " + advice);
  }
}
