package dev.fader.model;

/// An invalid model: contradictory sizes, or an unknown setting in a configuration file.
public final class ModelConfigException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  /// A one-line message: what is wrong, the bad value, what to do.
  public ModelConfigException(String message) {
    super(message);
  }
}
