package dev.fader.app.hub;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;

/// Closes a stream from which nothing has come for too long, which fails whoever waits for it: a
/// connection may go without a word.
final class StallGuard implements AutoCloseable {
  /// How long nothing may come before it is taken for a broken connection.
  static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Duration patience;
  private final Thread watch;
  private volatile long moved = System.nanoTime();

  StallGuard(InputStream body, Duration patience) {
    this.patience = patience;
    watch = Thread.ofVirtual().start(() -> watch(body));
  }

  /// Something has come.
  void move() {
    moved = System.nanoTime();
  }

  private void watch(InputStream body) {
    try {
      long left;
      while ((left = patience.toNanos() - (System.nanoTime() - moved)) > 0) {
        Thread.sleep(Duration.ofNanos(left));
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
