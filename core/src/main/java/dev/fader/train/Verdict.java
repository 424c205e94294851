package dev.fader.train;

import java.util.Locale;
import java.util.OptionalLong;

/// The diagnosis of a learning curve, in plain words.
///
/// @param kind the diagnosis
/// @param evidence the measured losses it rests on
/// @param advice what to do about it; empty where nothing needs doing
/// @param bestStep the step with the lowest validation loss, if there was an evaluation
public record Verdict(Kind kind, String evidence, String advice, OptionalLong bestStep) {
  /// The possible diagnoses.
  public enum Kind {
    /// Too few steps or evaluations to judge.
    NEEDS_DATA,
    /// The loss is falling.
    LEARNING,
    /// The loss has stopped falling.
    PLATEAU,
    /// The validation loss rises from its lowest while the training loss falls.
    OVERFITTING,
    /// The validation loss is above that of the model the run began with.
    WORSE,
    /// The run ended, or the loss stalled, before the model learned what it could.
    UNDERFITTING,
    /// The loss jumps, or has risen on all data.
    UNSTABLE,
    /// A loss or a gradient is NaN or infinite.
    DIVERGED;

    /// The diagnosis as it is written in a sentence.
    public String word() {
      return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
  }

  /// One sentence: diagnosis, evidence and advice.
  public String sentence() {
    return kind.word() + ": " + evidence + (advice.isEmpty() ? "" : "; " + advice);
  }
}
