package dev.fader.model;

/// A model that cannot be: sizes that contradict each other, or a configuration file that says
/// something unknown.
public final class ModelConfigException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  /// A one-line message: what is wrong, the bad value, what to do.
  public ModelConfigException(String message) {
    super(message);
  }
}
