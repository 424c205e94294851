package dev.fader.train.recipe;

/// What turns the scores of a router into probabilities.
public enum RouterKind {
  /// Over all experts: what one gains, others lose (Shazeer et al. 2017).
  SOFTMAX,
  /// Each expert on its own (DeepSeek-V3, arXiv:2412.19437).
  SIGMOID
}
