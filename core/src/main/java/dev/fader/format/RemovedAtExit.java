package dev.fader.format;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// A file that nobody should find: it is removed where the program ends, by Ctrl-C for example,
/// before this is closed. (`File.deleteOnExit` remembers every name for as long as the program
/// runs.)
final class RemovedAtExit implements AutoCloseable {
  private final Thread removal;

  RemovedAtExit(Path file) {
    removal = new Thread(() -> remove(file));
    try {
      Runtime.getRuntime().addShutdownHook(removal);
    } catch (IllegalStateException ending) {
      // Too late for a hook: what is half-written then is swept by the next writer.
    }
  }

  private static void remove(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException stays) {
      // The program ends, and the next writer sweeps.
    }
  }

  @Override
  public void close() {
    try {
      Runtime.getRuntime().removeShutdownHook(removal);
    } catch (IllegalStateException ending) {
      // The hooks run already.
    }
  }
}
