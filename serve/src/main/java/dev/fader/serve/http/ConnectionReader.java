package dev.fader.serve.http;

import io.helidon.common.socket.HelidonSocket;
import io.helidon.http.DirectHandler.EventType;
import io.helidon.http.RequestException;
import io.helidon.http.Status;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Reads what a client sends, within limits of time and size. While a request is answered, it goes
/// on to read, and so notices when the client leaves, also behind the beginning of another request.
///
/// Each read is made by a thread of its own, for the thread of the connection to wait as long as it
/// may, and no longer; there is one read at a time.
final class ConnectionReader implements Supplier<byte @Nullable []> {
  private static final int FRAMING = 64 << 10;
  private static final int LARGEST_FRAMING = 6; // of a chunk of one byte: 1 CR LF x CR LF

  private static final int MOST_EARLY = 64 << 10; // bytes of requests to come
  private static final int AGAIN = 2; // seconds

  private static final Duration LINGER = Duration.ofSeconds(1);
  private static final Duration QUIET = Duration.ofMillis(50);

  private final HelidonSocket socket;
  private final HttpLimits limits;
  private final ReceiveBudget budget;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final List<Runnable> whenGone = new ArrayList<>(); // guarded by lock, as all that follows
  private Optional<Thread> reading = Optional.empty();
  private Optional<byte[]> arrived = Optional.empty();
  private int early; // bytes of them that came while a request was answered
  private boolean ended; // the client sends no more
  private boolean closing; // nothing more is taken
  private boolean refused; // in the middle of a request
  private boolean answering;
  private boolean began; // something of a request is here
  private long deadline; // of the request that began, or of the wait for one
  private long received; // bytes of the request
  private long decoded; // bytes of its body
  private long held; // bytes of heap that its answer takes up

  ConnectionReader(HelidonSocket socket, HttpLimits limits, ReceiveBudget budget) {
    this.socket = socket;
    this.limits = limits;
    this.budget = budget;
    this.deadline = after(limits.idle());
  }

  private static long after(Duration time) {
    return System.nanoTime() + time.toNanos();
  }

  /// What comes next; null at the end.
  @Override
  public byte @Nullable [] get() {
    lock.lock();
    try {
      while (arrived.isEmpty() && !ended && !closing) {
        if (reading.isEmpty()) {
          startReading();
        }
        long left = deadline - System.nanoTime();
        if (left <= 0) {
          return tooLate();
        }
        changed.await(left, TimeUnit.NANOSECONDS);
      }
      if (arrived.isEmpty() || closing) {
        return null;
      }
      var bytes = takeArrived();
      account(bytes.length);
      return bytes;
    } catch (InterruptedException ending) {
      Thread.currentThread().interrupt();
      return null;
    } finally {
      lock.unlock();
    }
  }

  private byte[] takeArrived() {
    var bytes = arrived.orElseThrow();
    arrived = Optional.empty();
    budget.give(early);
    early = 0;
    return bytes;
  }

  private byte @Nullable [] tooLate() {
    boolean handshake = socket.isSecure() && received == 0;
    if (!began || handshake) { // which holds what an answer would need
      closing = true;
      reading.ifPresent(Thread::interrupt);
      return null;
    }
    throw RequestException.builder()
        .type(EventType.BAD_REQUEST)
        .status(Status.REQUEST_TIMEOUT_408)
        .setKeepAlive(false)
        .message("the request did not arrive within %d s".formatted(limits.receive().toSeconds()))
        .build();
  }

  private void account(int bytes) {
    if (!began) {
      began = true;
      deadline = after(limits.receive());
    }
    long most = limits.bodyBytes() + FRAMING + LARGEST_FRAMING * decoded;
    if (received + bytes > most) {
      throw refused(Status.REQUEST_ENTITY_TOO_LARGE_413, "the request is too large");
    }
    if (!budget.take(bytes)) {
      throw refused(
          Status.SERVICE_UNAVAILABLE_503, "too many requests arrive at a time: try again later");
    }
    received += bytes;
  }

  private static RequestException refused(Status status, String message) {
    return RequestException.builder()
        .type(EventType.BAD_REQUEST)
        .status(status)
        .setKeepAlive(false)
        .message(message)
        .build();
  }

  private void startReading() {
    reading = Optional.of(Thread.ofVirtual().start(this::read));
  }

  private void read() {
    byte @Nullable [] bytes;
    do {
      try {
        bytes = socket.get();
      } catch (RuntimeException broken) { // reset, closed, or not TLS
        bytes = null;
      }
    } while (goesOnAfter(bytes));
  }

  /// Notes what was read. Whether to read on: while a request is answered, as long as there is room
  /// for what is not asked for yet.
  private boolean goesOnAfter(byte @Nullable [] bytes) {
    if (bytes == null) {
      leave();
    }
    boolean goesOn = false;
    lock.lock();
    try {
      if (bytes != null) {
        arrived = Optional.of(arrived.isPresent() ? joined(arrived.get(), bytes) : bytes);
        goesOn = answering && !closing && keepsEarly(bytes.length);
      }
      if (!goesOn) {
        reading = Optional.empty();
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    return goesOn;
  }

  /// The client has gone, as reading finds, or writing where nothing more is read.
  void leave() {
    List<Runnable> toldNow;
    lock.lock();
    try {
      ended = true;
      toldNow = List.copyOf(whenGone);
      whenGone.clear();
    } finally {
      lock.unlock();
    }
    toldNow.forEach(Runnable::run);
  }

  private static byte[] joined(byte[] before, byte[] bytes) {
    var both = Arrays.copyOf(before, before.length + bytes.length);
    System.arraycopy(bytes, 0, both, before.length, bytes.length);
    return both;
  }

  /// Whether there is room for more than these bytes, which are the last that came.
  private boolean keepsEarly(int bytes) {
    if (!budget.take(bytes)) {
      return false;
    }
    early += bytes;
    return early < MOST_EARLY;
  }

  /// Notes bytes of a body that were taken.
  void decoded(int bytes) {
    lock.lock();
    try {
      decoded += bytes;
    } finally {
      lock.unlock();
    }
  }

  /// Holds heap until the request is answered.
  ///
  /// @throws ApiException if it is not there now, or never will be
  void hold(long bytes) {
    lock.lock();
    try {
      long own = held + received; // which waiting does not set free
      if (bytes > budget.most() - own) {
        throw new ApiException(
            ApiException.Kind.TOO_LARGE,
            "the request would take some %d MB of the server's memory, and may take %d: ask for less"
                .formatted((own >> 20) + (bytes >> 20), budget.most() >> 20));
      }
      if (!budget.take(bytes)) {
        throw new ApiException(
                ApiException.Kind.BUSY,
                "the memory for requests is in use: try again in %d s".formatted(AGAIN))
            .retryAfter(AGAIN);
      }
      held += bytes;
    } finally {
      lock.unlock();
    }
  }

  /// The request is here: from now on it is watched whether the client is.
  void answer() {
    lock.lock();
    try {
      answering = true;
      deadline = after(limits.receive()); // if there is more of a body than was read
      if (reading.isEmpty() && arrived.isEmpty() && !ended) {
        startReading();
      }
    } finally {
      lock.unlock();
    }
  }

  /// The request is answered.
  ///
  /// @param last whether the connection has no more of them
  void finish(boolean last) {
    lock.lock();
    try {
      closing |= last;
      if (closing && arrived.isPresent()) {
        takeArrived();
      }
      answering = false;
      began = false;
      budget.give(received + held);
      held = 0;
      received = 0;
      decoded = 0;
      deadline = after(limits.idle());
      whenGone.clear();
    } finally {
      lock.unlock();
    }
  }

  /// The request is not done, and the rest of it not read.
  void refuse() {
    lock.lock();
    try {
      refused = true;
    } finally {
      lock.unlock();
    }
  }

  /// Takes what a client that was refused still sends, for a moment: to close a connection with
  /// something unread would take the answer back.
  void linger() {
    long end = after(LINGER);
    lock.lock();
    try {
      boolean sends = refused;
      while (sends && !ended && System.nanoTime() < end) {
        if (arrived.isPresent()) {
          takeArrived();
        }
        if (reading.isEmpty()) {
          startReading();
        }
        sends = changed.await(QUIET.toNanos(), TimeUnit.NANOSECONDS);
      }
    } catch (InterruptedException ending) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
  }

  /// Whether the client has gone while it was answered.
  boolean isGone() {
    lock.lock();
    try {
      return answering && ended;
    } finally {
      lock.unlock();
    }
  }

  /// Runs something when the client goes before this request is answered, or now if it has gone.
  void whenGone(Runnable action) {
    lock.lock();
    try {
      if (!ended) {
        whenGone.add(action);
        return;
      }
    } finally {
      lock.unlock();
    }
    action.run();
  }
}
