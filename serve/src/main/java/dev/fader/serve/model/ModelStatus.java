package dev.fader.serve.model;

/// What state a model is in.
public enum ModelStatus {
  /// It is not in memory, and will be opened when it is asked for.
  UNLOADED,
  /// It is being opened.
  LOADING,
  /// It answers.
  LOADED,
  /// It could not be opened; the next request tries again.
  FAILED
}
