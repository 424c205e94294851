package dev.fader.mpi;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.fader.collective.CollectiveException;
import dev.fader.mpi.library.Mail;
import dev.fader.mpi.library.MpiLibrary;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;

/// Tells a rank that computes for long from one that is gone: every rank sends the next one, now
/// and then, how many operations it has begun, and the last sends it to the first. Whoever hears
/// nothing for too long, or waits for too long for the one before it, can name it.
final class Heartbeat {
  private static final int TAG = 1;
  private static final long LEFT = -1;
  private static final long INTERVAL = Duration.ofSeconds(2).toNanos();
  private static final long RESOLUTION = Duration.ofMillis(20).toNanos();
  private static final long LONGEST_PULSE = Duration.ofSeconds(1).toNanos();
  private static final long OTHERS_FIRST = 3 * INTERVAL;

  private final MpiLibrary library;
  private final int rank;
  private final List<String> hosts; // by rank
  private final Patience patience;
  private final Requests sent;
  private final Requests received;
  private final MemorySegment out = Arena.ofAuto().allocate(JAVA_LONG);
  private final MemorySegment in = Arena.ofAuto().allocate(JAVA_LONG);
  private long last = System.nanoTime();
  private long sinceBeat = INTERVAL;
  private long silence;
  private long heard; // operations that the one before has begun
  private long operation;
  private long waited;
  private boolean leaves;
  private boolean hasLeft;

  Heartbeat(MpiLibrary library, int rank, List<String> hosts, Patience patience) {
    this.library = library;
    this.rank = rank;
    this.hosts = hosts;
    this.patience = patience;
    sent = new Requests(library);
    received = new Requests(library);
    receive();
  }

  private int before() {
    return Math.floorMod(rank - 1, hosts.size());
  }

  private void receive() {
    library.receive(in, new Mail(before(), TAG), received.next());
  }

  /// Does what is due. To be called often.
  ///
  /// @param begun operations until now
  /// @param waits whether the last of them waits for others
  /// @throws CollectiveException that says who is missing, if the group should not wait any longer
  void pulse(long begun, boolean waits) {
    long now = System.nanoTime();
    if (now - last < RESOLUTION) {
      return;
    }
    long elapsed = Math.min(now - last, LONGEST_PULSE); // the process may have been stopped
    last = now;
    hear(elapsed);
    beat(elapsed, begun);
    waited = waits && begun == operation ? waited + elapsed : 0;
    operation = begun;
    if (waited > patience.waiting().toNanos()) {
      requireOthers();
    }
  }

  private void hear(long elapsed) {
    silence += elapsed;
    if (heard == LEFT) {
      return;
    }
    if (received.areDone()) {
      silence = 0;
      heard = in.get(JAVA_LONG, 0);
      if (heard != LEFT) {
        receive();
      }
    } else if (hearsNothing()) {
      throw new CollectiveException(
          "%s has not been heard of for %d s: its machine, its network or its process is gone; start all ranks again, with --resume where they train"
              .formatted(name(before()), patience.silence().toSeconds()));
    }
  }

  /// Whether the one before, or its machine, may be gone.
  boolean hearsNothing() {
    return heard != LEFT && silence > patience.silence().toNanos();
  }

  private void beat(long elapsed, long begun) {
    sinceBeat += elapsed;
    boolean isDue = leaves ? !hasLeft : sinceBeat >= INTERVAL;
    if (sent.areDone() && isDue) {
      sinceBeat = 0;
      hasLeft = leaves;
      out.set(JAVA_LONG, 0, leaves ? LEFT : begun);
      library.send(out, new Mail((rank + 1) % hosts.size(), TAG), sent.next());
    }
  }

  private void requireOthers() {
    long seconds = patience.waiting().toSeconds();
    if (heard == LEFT || heard < operation) {
      throw new CollectiveException(
          "%s does not come to where others have waited for %d s: it hangs, or is too slow; jstack on its machine tells where it is"
              .formatted(name(before()), seconds));
    }
    if (waited > patience.waiting().toNanos() + OTHERS_FIRST) { // who knows its name has not told
      throw new CollectiveException(
          "a rank does not come to where this one has waited for %d s, and which is not known"
              .formatted(seconds));
    }
  }

  private String name(int of) {
    return "rank %d on %s".formatted(of, hosts.get(of));
  }

  /// Has [#pulse] send the last beat, so that nobody misses this rank.
  void leave() {
    leaves = true;
  }

  /// Whether both this rank and the one before have left, and no message is under way.
  boolean isOver() {
    return hasLeft && heard == LEFT && sent.areDone();
  }
}
