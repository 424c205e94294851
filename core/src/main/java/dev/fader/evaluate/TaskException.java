package dev.fader.evaluate;

/// Thrown when an item of a task cannot be asked. The message is one line: where, what is wrong,
/// and what to do about it.
public final class TaskException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /// @param place `FILE:LINE`
  public TaskException(String place, String what) {
    super(place + ": " + what);
  }
}
