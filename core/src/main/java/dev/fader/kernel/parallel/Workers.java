package dev.fader.kernel.parallel;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// A persistent team of threads that kernels split their work over. The caller is worker 0.
///
/// Between two calls the team spins for a moment and then parks: a training step is hundreds of
/// short calls, and waking a parked thread costs more than most of them. A call allocates nothing.
/// Calls by several threads take turns; a call from within a task runs inline.
public final class Workers implements AutoCloseable {
  /// One piece of work.
  public interface Task {
    /// Does piece `chunk`. `worker` is in 0..threads-1 and no two pieces that run at the same time
    /// have the same one: it selects scratch memory.
    void run(int chunk, int worker);
  }

  private static final long SPIN_NANOS = 50_000;
  private static final int SPINS_PER_LOOK_AT_THE_CLOCK = 32;
  private static final long LEFT_MASK = 0xffff_ffffL;

  private final ReentrantLock lock = new ReentrantLock();
  private final Member[] team;

  /// Number of the call in the upper half, chunks that nobody has claimed yet in the lower. In one
  /// word, so that a worker which comes late cannot claim from a call that it has not seen.
  private final AtomicLong unclaimed = new AtomicLong();

  private final AtomicInteger unfinished = new AtomicInteger();
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();

  // Written before `unclaimed`, read after a claim: stable while any chunk is unfinished.
  private Task task = (chunk, worker) -> {};
  private int chunks;
  private @Nullable Thread caller;
  private volatile boolean callerParked;
  private volatile boolean closed;

  private Workers(int threads) {
    team = new Member[threads - 1];
    for (int i = 0; i < team.length; i++) {
      team[i] = new Member(this, i + 1);
      team[i].start();
    }
  }

  /// A team of `threads`, the caller of [#forEach] included.
  ///
  /// @throws IllegalArgumentException if `threads` is not positive
  public static Workers of(int threads) {
    if (threads < 1) {
      throw new IllegalArgumentException("workers need at least 1 thread, not " + threads);
    }
    return new Workers(threads);
  }

  /// The number of threads, the caller's included.
  public int threads() {
    return team.length + 1;
  }

  /// Runs `task` for every chunk in 0..chunks-1 and returns when all are done. Chunks are claimed
  /// in ascending order by whoever is free.
  ///
  /// Whatever a chunk throws is thrown here; chunks that have not begun by then are left out.
  ///
  /// @throws IllegalStateException if this is closed
  public void forEach(int chunks, Task task) {
    if (Thread.currentThread() instanceof Member member && member.workers == this) {
      runInline(chunks, task, member.worker);
    } else if (lock.isHeldByCurrentThread()) {
      runInline(chunks, task, 0);
    } else {
      lock.lock();
      try {
        if (closed) {
          throw new IllegalStateException("these workers are closed");
        }
        if (chunks <= 1 || team.length == 0) {
          runInline(chunks, task, 0);
        } else {
          runTogether(chunks, task);
        }
      } finally {
        lock.unlock();
      }
    }
  }

  private static void runInline(int chunks, Task task, int worker) {
    for (int chunk = 0; chunk < chunks; chunk++) {
      task.run(chunk, worker);
    }
  }

  private void runTogether(int chunks, Task task) {
    this.task = task;
    this.chunks = chunks;
    caller = Thread.currentThread();
    unfinished.set(chunks);
    long call = (unclaimed.get() >>> 32) + 1;
    unclaimed.set(call << 32 | chunks);
    // The caller takes a chunk as well: no more members are woken than there are chunks for.
    int useful = Math.min(team.length, chunks - 1);
    for (int i = 0; i < useful; i++) {
      team[i].wake();
    }
    claimAndRun(0);
    awaitOthers();
    var thrown = failure.getAndSet(null);
    if (thrown != null) {
      throw rethrown(thrown);
    }
  }

  private void claimAndRun(int worker) {
    int done = 0;
    while (true) {
      long seen = unclaimed.get();
      int left = (int) (seen & LEFT_MASK);
      if (left == 0) {
        break;
      }
      if (unclaimed.compareAndSet(seen, seen - 1)) {
        runChunk(chunks - left, worker);
        done++;
      }
    }
    if (done > 0 && unfinished.addAndGet(-done) == 0 && callerParked) {
      LockSupport.unpark(caller);
    }
  }

  private void runChunk(int chunk, int worker) {
    if (failure.get() != null) {
      return;
    }
    try {
      task.run(chunk, worker);
    } catch (Throwable thrown) {
      failure.compareAndSet(null, thrown);
    }
  }

  private void awaitOthers() {
    if (spinWhileUnfinished()) {
      return;
    }
    callerParked = true;
    boolean interrupted = false;
    while (unfinished.get() != 0) {
      LockSupport.park(this);
      interrupted |= Thread.interrupted(); // an interrupted thread does not park
    }
    callerParked = false;
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean spinWhileUnfinished() {
    long start = System.nanoTime();
    while (System.nanoTime() - start < SPIN_NANOS) {
      for (int i = 0; i < SPINS_PER_LOOK_AT_THE_CLOCK; i++) {
        if (unfinished.get() == 0) {
          return true;
        }
        Thread.onSpinWait();
      }
    }
    return false;
  }

  private static RuntimeException rethrown(Throwable thrown) {
    return switch (thrown) {
      case RuntimeException exception -> exception;
      case Error error -> {
        throw error;
      }
      default -> new IllegalStateException(thrown);
    };
  }

  /// Ends the threads. Waits for a call that is running; does nothing the second time.
  ///
  /// @throws IllegalStateException if called from within a task
  @Override
  public void close() {
    if (lock.isHeldByCurrentThread() || isMember(Thread.currentThread())) {
      throw new IllegalStateException("workers cannot be closed from within their own task");
    }
    lock.lock();
    try {
      closed = true;
      for (var member : team) {
        LockSupport.unpark(member);
      }
    } finally {
      lock.unlock();
    }
    for (var member : team) {
      joinUninterruptibly(member);
    }
  }

  private boolean isMember(Thread thread) {
    return thread instanceof Member member && member.workers == this;
  }

  private static void joinUninterruptibly(Thread thread) {
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException late) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static final class Member extends Thread {
    private final Workers workers;
    private final int worker;
    private volatile boolean parked;

    Member(Workers workers, int worker) {
      super("fader-worker-" + worker);
      this.workers = workers;
      this.worker = worker;
      setDaemon(true);
    }

    void wake() {
      if (parked) {
        LockSupport.unpark(this);
      }
    }

    @Override
    public void run() {
      while (!workers.closed) {
        if (!spinUntilWork()) {
          parked = true;
          while (noWork() && !workers.closed) {
            LockSupport.park(workers);
            Thread.interrupted(); // by a task: an interrupted thread does not park
          }
          parked = false;
        }
        workers.claimAndRun(worker);
      }
    }

    private boolean spinUntilWork() {
      long start = System.nanoTime();
      while (System.nanoTime() - start < SPIN_NANOS) {
        for (int i = 0; i < SPINS_PER_LOOK_AT_THE_CLOCK; i++) {
          if (!noWork()) {
            return true;
          }
          Thread.onSpinWait();
        }
      }
      return false;
    }

    private boolean noWork() {
      return (workers.unclaimed.get() & LEFT_MASK) == 0;
    }
  }
}
