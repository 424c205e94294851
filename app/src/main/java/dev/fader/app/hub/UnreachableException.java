package dev.fader.app.hub;

import java.io.IOException;
import java.io.Serial;

/// A connection that failed, and may work when it is tried again.
final class UnreachableException extends IOException {
  @Serial private static final long serialVersionUID = 1L;

  UnreachableException(String message) {
    super(message);
  }

  UnreachableException(String message, Throwable cause) {
    super(message, cause);
  }
}
