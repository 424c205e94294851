package dev.fader.generate;

/// A stage that changes logits before candidates are chosen.
sealed interface LogitStage permits LogitBias, TokenPenalty, DryPenalty, TopNSigma {
  /// Changes the logits of one step.
  ///
  /// @param logits (vocabulary)
  /// @param history the tokens so far, of which the first `length` count
  void apply(float[] logits, int[] history, int length);
}
