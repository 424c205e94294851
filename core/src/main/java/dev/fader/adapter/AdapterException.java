package dev.fader.adapter;

/// An adapter that does not fit its model, or cannot do what is asked of it. The message says what
/// is wrong, where, and what to do.
public final class AdapterException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public AdapterException(String message) {
    super(message);
  }

  /// The refusal of a factor by a method that does not add anything.
  static AdapterException notScalable(String method, float factor) {
    return new AdapterException(
        "a scale of %s for %s, which adds nothing that could be multiplied: leave the scale out"
            .formatted(factor, method));
  }
}
