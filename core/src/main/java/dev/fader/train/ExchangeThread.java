package dev.fader.train;

import dev.fader.collective.Collective;
import dev.fader.collective.CollectiveException;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import org.jspecify.annotations.Nullable;

/// Exchanges that go on while their rank computes: one after the other in the order in which they
/// were begun, so that all ranks, which begin the same ones, meet in the same ones.
///
/// What a rank exchanges itself, it does in a [Turn], when all that was begun is over. So there is
/// one order of both.
final class ExchangeThread implements AutoCloseable {
  private final Collective group;
  private final WaitingClock clock;
  private final BlockingQueue<FutureTask<Optional<Throwable>>> begun = new LinkedBlockingQueue<>();
  private Optional<Thread> thread = Optional.empty();
  private FutureTask<Optional<Throwable>> last = new FutureTask<>(Optional::empty);
  private @Nullable Throwable failure; // of the thread
  private boolean isOver; // of the thread

  /// @param clock which counts how long turns take, and how long they are waited for
  ExchangeThread(Collective group, WaitingClock clock) {
    this.group = group;
    this.clock = clock;
    last.run();
  }

  /// A time in which nothing is under way, for what the caller exchanges itself.
  interface Turn extends AutoCloseable {
    @Override
    void close();
  }

  /// Begins an exchange, which goes on after those that were begun before.
  void begin(Runnable exchange) {
    if (thread.isEmpty()) {
      thread = Optional.of(Thread.ofPlatform().daemon().name("fader-exchange").start(this::work));
    }
    add(() -> {
      if (failure == null) { // else the ranks no longer meet
        try {
          exchange.run();
        } catch (RuntimeException | Error failed) {
          failure = failed;
        }
      }
      return Optional.ofNullable(failure);
    });
  }

  private void add(Callable<Optional<Throwable>> work) {
    last = new FutureTask<>(work);
    begun.add(last);
  }

  private void work() {
    while (!isOver) {
      try {
        begun.take().run();
      } catch (InterruptedException late) {
        // It was meant for an exchange that is over.
      }
    }
  }

  /// Whether an exchange is not over yet.
  boolean isBusy() {
    return !last.isDone();
  }

  /// Returns when all that was begun is over.
  ///
  /// @throws CollectiveException if the group has broken
  /// @throws Error if an exchange ended by it
  void await() {
    turn().close();
  }

  /// Waits until all that was begun is over. An exchange that was begun may take turns, too, which
  /// are its own.
  ///
  /// @throws CollectiveException if the group has broken
  Turn turn() {
    if (thread.isPresent() && Thread.currentThread() == thread.get()) {
      return () -> {};
    }
    long from = System.nanoTime();
    finish(last);
    return () -> clock.add(System.nanoTime() - from);
  }

  /// An interrupt is for the exchange, which knows whether it can be left.
  private void finish(FutureTask<Optional<Throwable>> task) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          task.get().ifPresent(ExchangeThread::rethrow);
          return;
        } catch (InterruptedException forwarded) {
          interrupted = true;
          thread.ifPresent(Thread::interrupt);
        } catch (ExecutionException impossible) {
          throw new IllegalStateException(impossible); // what fails is a result
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static void rethrow(Throwable failed) {
    switch (failed) {
      case CollectiveException told ->
          throw new CollectiveException(String.valueOf(told.getMessage()), told);
      case Error grave -> throw grave;
      default -> throw new IllegalStateException(failed);
    }
  }

  /// Ends the thread. Where an exchange is under way, this rank has failed beside it, and the
  /// others are not to wait for it.
  @Override
  public void close() {
    if (thread.isEmpty()) {
      return;
    }
    if (isBusy()) {
      group.abort("it leaves in the middle of a step");
    }
    add(() -> {
      isOver = true;
      return Optional.empty();
    });
    boolean interrupted = false;
    while (thread.get().isAlive()) {
      try {
        thread.get().join();
      } catch (InterruptedException later) {
        interrupted = true; // it still has memory that is about to be given back
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
