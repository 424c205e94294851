package dev.fader.collective;

/// A group of ranks that cannot go on: one of them failed or left, or the engine says that
/// something is wrong. The message is one line.
public final class CollectiveException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /// A message that says what to do.
  public CollectiveException(String message) {
    super(message);
  }

  /// A message that says what to do, and what led to it.
  public CollectiveException(String message, Throwable cause) {
    super(message, cause);
  }
}
