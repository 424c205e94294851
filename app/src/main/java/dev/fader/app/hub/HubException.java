package dev.fader.app.hub;

import java.io.IOException;
import java.io.Serial;

/// What the hub refused, or sent wrongly. The message is one line: what, why, what to do.
public final class HubException extends IOException {
  @Serial private static final long serialVersionUID = 1L;

  HubException(String message) {
    super(message);
  }

  HubException(String message, Throwable cause) {
    super(message, cause);
  }
}
