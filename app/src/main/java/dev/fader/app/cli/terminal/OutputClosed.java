package dev.fader.app.cli.terminal;

import java.io.Serial;

/// Standard output takes no more, so that there is no point in going on. The command line tells why
/// when it ends.
final class OutputClosed extends RuntimeException {
  @Serial private static final long serialVersionUID = 1L;

  OutputClosed() {
    super("standard output is closed");
  }
}
