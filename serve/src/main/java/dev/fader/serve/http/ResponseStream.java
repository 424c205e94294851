package dev.fader.serve.http;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.locks.ReentrantLock;
import tools.jackson.databind.JsonNode;

/// An answer that is sent bit by bit, each bit at once.
public abstract sealed class ResponseStream permits EventStream, JsonLines {
  private final OutputStream to;
  private final ReentrantLock lock = new ReentrantLock();
  private boolean closed; // guarded by lock
  private long lastWrite = System.nanoTime(); // guarded by lock
  private long firstWrite; // 0 before, guarded by lock

  ResponseStream(OutputStream to) {
    this.to = to;
  }

  /// Sends a value.
  ///
  /// @throws ClientGoneException if the client is no longer there, or takes nothing
  public abstract void send(JsonNode value);

  final void write(String text) {
    lock.lock();
    try {
      if (!closed) {
        to.write(text.getBytes(StandardCharsets.UTF_8));
        to.flush();
        lastWrite = System.nanoTime();
        firstWrite = firstWrite == 0 ? lastWrite : firstWrite;
      }
    } catch (IOException | UncheckedIOException gone) {
      throw new ClientGoneException(gone);
    } catch (RuntimeException gone) { // as the web server tells of what it cannot write
      throw new ClientGoneException(gone);
    } finally {
      lock.unlock();
    }
  }

  /// How long nothing has been written.
  final long idleNanos() {
    lock.lock();
    try {
      return System.nanoTime() - lastWrite;
    } finally {
      lock.unlock();
    }
  }

  /// When it was first written to, by [System#nanoTime], or 0.
  final long firstWrite() {
    lock.lock();
    try {
      return firstWrite;
    } finally {
      lock.unlock();
    }
  }

  /// Nothing more is told, whether or not the answer has ended.
  void leave() {}

  /// Ends the answer.
  void close() {
    lock.lock();
    try {
      if (!closed) {
        closed = true;
        to.close();
      }
    } catch (IOException | RuntimeException gone) {
      throw new ClientGoneException(gone);
    } finally {
      lock.unlock();
    }
  }
}
