package dev.fader.data;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/// Thrown when data cannot be learned from. The message is one line: what is wrong, where, and what
/// to do about it.
public final class DataException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public DataException(String message) {
    super(message);
  }

  public DataException(String message, Throwable cause) {
    super(message, cause);
  }

  /// The error for a file that exists or not and cannot be read.
  public static DataException unreadable(String place, IOException cause) {
    var why =
        switch (cause) {
          case AccessDeniedException denied -> "permission denied; make it readable";
          case NoSuchFileException missing -> "no such file; check the name";
          default -> reason(cause);
        };
    return new DataException("%s: cannot be read: %s".formatted(place, why), cause);
  }

  static DataException unwritable(Path folder, IOException cause) {
    if (cause instanceof ClosedByInterruptException) {
      return new DataException(folder + ": the thread that wrote tokens was interrupted", cause);
    }
    return new DataException(
        "%s: cannot write tokens there: %s; free some space or choose another folder"
            .formatted(folder, reason(cause)),
        cause);
  }

  private static String reason(IOException cause) {
    var message = cause.getMessage();
    return message == null
        ? cause.getClass().getSimpleName()
        : message.lines().findFirst().orElse("");
  }
}
