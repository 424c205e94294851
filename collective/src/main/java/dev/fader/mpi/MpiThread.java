package dev.fader.mpi;

import dev.fader.collective.CollectiveException;
import dev.fader.mpi.library.MpiLibrary;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// The one thread of this process that calls MPI. It waits for nothing inside of MPI, but asks now
/// and then whether what it began is done: between that it hears of other ranks and of an abort,
/// and leaves the processor to those who compute.
final class MpiThread {
  private static final long IDLE_MILLIS = 100;
  private static final long EAGER = 500_000;
  private static final long NANOS_PER_BYTE = 4; // no slower than memory that is shared
  private static final long PAUSE = 50_000;
  private static final Duration READING = Duration.ofMillis(200);
  private static final Duration LAUNCHER_FIRST = Duration.ofSeconds(6);
  private static final Duration LONGEST_ABORT = Duration.ofSeconds(10);

  /// What is told to others.
  interface Operation {
    /// Begins requests, which the others' answer.
    void begin(Requests requests);
  }

  private final MpiLibrary library;
  private final Requests requests;
  private final LinkedBlockingQueue<FutureTask<?>> asked = new LinkedBlockingQueue<>();
  private final AtomicReference<String> abortion = new AtomicReference<>("");
  private final Thread thread;

  // of the thread
  private @Nullable Heartbeat heartbeat;
  private String name = "this rank";
  private long begun;
  private boolean isOver;

  MpiThread(MpiLibrary library) {
    this.library = library;
    requests = new Requests(library);
    thread = Thread.ofPlatform().name("mpi").daemon().start(this::work);
  }

  private void work() {
    try {
      while (!isOver) {
        var task = asked.poll(IDLE_MILLIS, TimeUnit.MILLISECONDS);
        if (task != null) {
          task.run();
        }
        pulse(false);
      }
    } catch (InterruptedException | RuntimeException failed) {
      abortNow(String.valueOf(failed.getMessage()));
    }
  }

  /// What the thread answers.
  ///
  /// @throws CollectiveException if MPI fails
  <T> T ask(Callable<T> question) {
    var task = new FutureTask<>(question);
    asked.add(task);
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return task.get();
        } catch (InterruptedException later) {
          interrupted = true; // what others read or write of this rank's memory cannot be left
        } catch (ExecutionException failed) {
          throw failed.getCause() instanceof CollectiveException told
              ? new CollectiveException(String.valueOf(told.getMessage()), told)
              : new IllegalStateException(failed);
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /// Runs an operation once all ranks have come to it, so that it waits for messages only: where
  /// ranks share memory, these get on by being asked for, again and again, and by nothing else.
  ///
  /// @param bytes that it moves here
  void run(long bytes, Operation operation) {
    ask(() -> {
      begun++;
      try {
        library.barrier(requests.next());
        await(EAGER);
        operation.begin(requests);
        await(EAGER + NANOS_PER_BYTE * bytes);
      } catch (CollectiveException failed) { // what was begun may still write into memory here
        abortNow(String.valueOf(failed.getMessage()));
      }
      return true;
    });
  }

  /// @param eagerly for so many nanoseconds without leaving the processor to others
  @SuppressWarnings("ThreadPriorityCheck") // it costs time where there are more ranks than cores
  private void await(long eagerly) {
    long begin = System.nanoTime();
    while (!requests.areDone()) {
      pulse(true);
      if (System.nanoTime() - begin < eagerly) {
        Thread.yield();
      } else {
        LockSupport.parkNanos(PAUSE);
      }
    }
  }

  /// Watches over the other ranks from now on.
  ///
  /// @param hosts by rank
  void watch(int rank, List<String> hosts, Patience patience) {
    ask(() -> {
      name = "rank %d on %s".formatted(rank, hosts.get(rank));
      if (hosts.size() > 1) {
        heartbeat = new Heartbeat(library, rank, hosts, patience);
      }
      return true;
    });
  }

  private void pulse(boolean waits) {
    String reason = abortion.get();
    if (!reason.isEmpty()) {
      abortNow(reason);
    }
    if (heartbeat != null) {
      try {
        heartbeat.pulse(begun, waits);
      } catch (CollectiveException missing) {
        // A launcher that is asked to end what is on a machine that is gone waits for its answer,
        // and no longer notices that none can come: it is given the time to notice that first.
        abortNow(
            String.valueOf(missing.getMessage()),
            heartbeat.hearsNothing() ? LAUNCHER_FIRST : READING);
      }
    }
  }

  /// Ends MPI, and the thread.
  void finish() {
    ask(() -> {
      if (heartbeat != null) {
        heartbeat.leave();
        while (!heartbeat.isOver()) {
          pulse(false);
          LockSupport.parkNanos(PAUSE);
        }
        heartbeat = null;
      }
      library.finish();
      isOver = true;
      return true;
    });
  }

  /// Ends all ranks; does not return. For any thread.
  void abort(String reason) {
    abortion.compareAndSet("", reason);
    asked.add(new FutureTask<>(() -> true)); // wakes it
    try {
      thread.join(LONGEST_ABORT);
    } catch (InterruptedException endsAnyway) {
      Thread.currentThread().interrupt();
    }
    Runtime.getRuntime().halt(1);
  }

  private void abortNow(String reason) {
    abortNow(reason, READING);
  }

  /// @param delay after the line is written
  private void abortNow(String reason, Duration delay) {
    System.err.printf("fader: %s: %s%n", name, reason);
    System.err.flush();
    Thread.ofPlatform().daemon().start(() -> halt(LONGEST_ABORT)); // should MPI not end it
    pause(delay);
    library.abort();
    halt(Duration.ZERO);
  }

  private static void halt(Duration delay) {
    pause(delay);
    Runtime.getRuntime().halt(1);
  }

  /// As long as that, though a park may end early.
  private static void pause(Duration delay) {
    long end = System.nanoTime() + delay.toNanos();
    for (long left = delay.toNanos(); left > 0; left = end - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }
}
