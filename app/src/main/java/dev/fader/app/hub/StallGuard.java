package dev.fader.app.hub;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;

/// Closes a stream from which nothing has come for too long, which fails whoever waits for it: a
/// connection may go without a word.
final class StallGuard implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Thread watch;
  private volatile long moved = System.nanoTime();

  StallGuard(InputStream body) {
    watch = Thread.ofVirtual().start(() -> watch(body));
  }

  /// Something has come.
  void move() {
    moved = System.nanoTime();
  }

  private void watch(InputStream body) {
    try {
      while (System.nanoTime() - moved < PATIENCE.toNanos()) {
        Thread.sleep(Duration.ofSeconds(1));
      }
      body.close();
    } catch (InterruptedException over) {
      Thread.currentThread().interrupt();
    } catch (IOException closed) {
      // Then nobody waits for it.
    }
  }

  @Override
  public void close() {
    watch.interrupt();
  }
}
