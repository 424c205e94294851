package dev.fader.serve.http;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;

/// An answer that is sent bit by bit, each bit at once. The response begins with the first bit, so
/// that what fails before has a status of its own; while there is nothing to tell, it begins all
/// the same after a while, and is kept open, for proxies give up on what is silent.
public abstract sealed class ResponseStream permits EventStream, JsonLines {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /// What a stream writes to.
  ///
  /// @param opening begins the response
  /// @param gone is run where a ping finds that the client has gone, since nobody else may see it
  record Target(Supplier<OutputStream> opening, Runnable gone) {}

  private final Target target;
  private final Thread pings;
  private final ReentrantLock lock = new ReentrantLock();
  private Optional<OutputStream> to = Optional.empty(); // guarded by lock, as all that follows
  private boolean closed;
  private long lastWrite = System.nanoTime();
  private long firstWrite; // of a value, 0 before

  /// @param ping after which a stream on which nothing is told is written to
  /// @param nothing what is written then
  ResponseStream(Target target, Duration ping, String nothing) {
    this.target = target;
    this.pings = Thread.ofVirtual().name("fader-pings").start(() -> ping(ping.toNanos(), nothing));
  }

  private void ping(long nanos, String nothing) {
    try {
      while (true) {
        long patience = hasBegun() ? nanos : Math.min(nanos, PATIENCE.toNanos());
        long left = patience - idleNanos();
        if (left > 0) {
          Thread.sleep(Duration.ofNanos(left));
        } else if (!writeOut(nothing)) {
          return;
        }
      }
    } catch (InterruptedException ended) {
      return;
    } catch (ClientGoneException gone) {
      target.gone().run();
    }
  }

  /// Sends a value.
  ///
  /// @throws ClientGoneException if the client is no longer there, or takes nothing
  public abstract void send(JsonNode value);

  final void write(String text) {
    lock.lock();
    try {
      if (writeOut(text) && firstWrite == 0) {
        firstWrite = lastWrite;
      }
    } finally {
      lock.unlock();
    }
  }

  /// Writes, unless it is closed; returns whether it has.
  private boolean writeOut(String text) {
    lock.lock();
    try {
      if (!closed) {
        var out = open();
        out.write(text.getBytes(StandardCharsets.UTF_8));
        out.flush();
        lastWrite = System.nanoTime();
      }
      return !closed;
    } catch (IOException | UncheckedIOException gone) {
      throw new ClientGoneException(gone);
    } catch (RuntimeException gone) { // as the web server tells of what it cannot write
      throw new ClientGoneException(gone);
    } finally {
      lock.unlock();
    }
  }

  private OutputStream open() {
    if (to.isEmpty()) {
      to = Optional.of(target.opening().get());
    }
    return to.get();
  }

  /// How long nothing has been written.
  private long idleNanos() {
    lock.lock();
    try {
      return System.nanoTime() - lastWrite;
    } finally {
      lock.unlock();
    }
  }

  /// When a value was first written, by [System#nanoTime], or 0.
  final long firstWrite() {
    lock.lock();
    try {
      return firstWrite;
    } finally {
      lock.unlock();
    }
  }

  /// Whether the response has begun, be it for want of anything to tell.
  public final boolean hasBegun() {
    lock.lock();
    try {
      return to.isPresent();
    } finally {
      lock.unlock();
    }
  }

  /// Never begins, if it has not begun; returns whether that is so.
  final boolean abandon() {
    lock.lock();
    try {
      closed |= to.isEmpty();
      return to.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  /// Nothing more is told, whether or not the answer has ended.
  final void leave() {
    pings.interrupt();
  }

  /// Ends the answer.
  final void close() {
    lock.lock();
    try {
      if (!closed) {
        closed = true;
        open().close();
      }
    } catch (IOException | RuntimeException gone) {
      throw new ClientGoneException(gone);
    } finally {
      lock.unlock();
    }
  }
}
