package dev.fader.app.studio.board;

import dev.fader.serve.http.ApiException;
import dev.fader.serve.http.Exchange;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;

/// One thread that computes for requests, one after the other. What nobody waits for any more gives
/// up its place, or is told to stop.
final class Lane {
  private static final int WAITING = 64;
  private static final long IDLE_SECONDS = 10;

  private final ThreadPoolExecutor executor;
  private final BooleanSupplier ending;

  /// @param name of the thread, which ends when there is nothing to do for a while
  /// @param ending whether everything is to stop
  Lane(String name, BooleanSupplier ending) {
    this.ending = ending;
    this.executor =
        new ThreadPoolExecutor(
            1,
            1,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(WAITING),
            Thread.ofPlatform().daemon().name(name).factory());
    executor.allowCoreThreadTimeOut(true);
  }

  /// Something to compute.
  @FunctionalInterface
  interface Work<T> {
    /// Computes it.
    ///
    /// @param stop says when nobody waits for it any more: then it is to end soon, however it likes
    T compute(BooleanSupplier stop) throws Exception;
  }

  /// Computes something when its turn comes, and returns when it is done, or when nobody waits for
  /// it any more and it has ended.
  ///
  /// @throws ApiException if as much waits as may, it is too late, or the server ends
  /// @throws Exception as the work does
  <T> T compute(Exchange exchange, Work<T> work) throws Exception {
    exchange.requireClient();
    exchange.requireInTime();
    var dropped = new AtomicBoolean();
    var task = new FutureTask<>(() -> work.compute(() -> dropped.get() || ending.getAsBoolean()));
    exchange.whenGone(() -> dropped.set(true));
    try {
      executor.execute(() -> {
        if (!dropped.get()) {
          task.run();
        } else {
          task.cancel(false);
        }
      });
      return awaited(exchange, task);
    } catch (TimeoutException late) {
      throw exchange.tooLate();
    } catch (CancellationException ended) {
      throw exchange.brokenOff();
    } catch (RejectedExecutionException full) {
      throw new ApiException(
              ApiException.Kind.BUSY, "as many requests wait as may: try again in 1 s")
          .retryAfter(1);
    } catch (ExecutionException failed) {
      switch (failed.getCause()) {
        case CancellationException ended -> throw exchange.brokenOff();
        case Error error -> throw error;
        case Exception exception -> throw exception;
        case null, default -> throw failed;
      }
    } finally {
      dropped.set(true);
    }
  }

  private static <T> T awaited(Exchange exchange, FutureTask<T> task)
      throws InterruptedException, ExecutionException, TimeoutException {
    var deadline = exchange.deadline();
    if (deadline.isEmpty()) {
      return task.get();
    }
    var left = Duration.between(Instant.now(), deadline.get());
    return task.get(TimeUnit.NANOSECONDS.convert(left), TimeUnit.NANOSECONDS);
  }
}
