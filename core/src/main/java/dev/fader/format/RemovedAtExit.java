package dev.fader.format;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Deletes a temporary file if the program ends, by Ctrl-C for example, before this is closed.
/// (`File.deleteOnExit` would keep every name in memory until then.)
final class RemovedAtExit implements AutoCloseable {
  private final Thread removal;

  RemovedAtExit(Path file) {
    removal = new Thread(() -> remove(file));
    try {
      Runtime.getRuntime().addShutdownHook(removal);
    } catch (IllegalStateException ending) {
      // Too late for a hook: the next writer deletes the temporary file.
    }
  }

  private static void remove(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException stays) {
      // The program is ending, and the next writer deletes it.
    }
  }

  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(removal);
    } catch (IllegalStateException ending) {
      // The hooks are already running.
    }
  }
}
