package dev.fader.serve.http;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Breaks off writes that a client does not take.
final class SlowWrites implements AutoCloseable {
  private final long most; // nanoseconds
  private final Set<Write> writes = ConcurrentHashMap.newKeySet();
  private final Thread thread;

  /// One that is under way.
  private static final class Write {
    private final Thread thread = Thread.currentThread();
    private final long began = System.nanoTime();
    private boolean ended; // guarded by this

    synchronized void end() {
      ended = true;
    }

    /// Interrupting who waits to write closes the connection.
    synchronized void breakOff() {
      if (!ended) {
        thread.interrupt();
      }
    }
  }

  SlowWrites(Duration most) {
    this.most = most.toNanos();
    this.thread = Thread.ofVirtual().name("fader-slow-writes").start(this::watch);
  }

  private void watch() {
    try {
      while (true) {
        Thread.sleep(Math.clamp(most / 4_000_000, 1, 1000));
        long now = System.nanoTime();
        for (var write : writes) {
          if (now - write.began > most) {
            write.breakOff();
          }
        }
      }
    } catch (InterruptedException closed) {
      return;
    }
  }

  /// Writes, unless it takes too long.
  void run(Runnable writing) {
    var write = new Write();
    writes.add(write);
    try {
      writing.run();
    } finally {
      write.end();
      writes.remove(write);
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
