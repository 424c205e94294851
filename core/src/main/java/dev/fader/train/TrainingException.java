package dev.fader.train;

import java.io.Serial;

/// Training cannot begin or go on. The message is one line: what is wrong, the value, what to do.
public final class TrainingException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1L;

  /// An exception with this line.
  public TrainingException(String message) {
    super(message);
  }

  /// An exception with this line, because of `cause`.
  public TrainingException(String message, Throwable cause) {
    super(message, cause);
  }

  /// Throws unless `holds`; the message is formatted as by [String#format].
  public static void require(boolean holds, String message, Object... values) {
    if (!holds) {
      throw new TrainingException(message.formatted(values));
    }
  }
}
