package dev.fader.sweep;

import dev.fader.collective.Collective;
import dev.fader.sweep.HandedOut.News;
import dev.fader.train.TrainingException;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// Runs that are spread over ranks, each of them done by one. A thread of its own trains, so that
/// this one can hear of the others meanwhile: none waits for another longer than a fraction of a
/// second, however long the runs are.
final class SpreadRuns {
  private static final long PAUSE_MILLISECONDS = 100;

  private final Collective group;
  private final List<SweepRun> runs;
  private final Sweep sweep;
  private final BlockingQueue<SweepEvent> events = new LinkedBlockingQueue<>();
  private final Map<String, SweepResult> results = new LinkedHashMap<>(); // by the name of the run
  private Optional<Future<Optional<SweepResult>>> training = Optional.empty();
  private boolean before; // whether the run that was given last had been done

  /// @param runs the same on all ranks, with different names
  SpreadRuns(Collective group, List<SweepRun> runs, Sweep sweep) {
    this.group = group;
    this.runs = runs;
    this.sweep = sweep;
  }

  /// Does them, at the same time on all ranks. Events are of the runs of this rank, and of the ends
  /// of the others'.
  ///
  /// @return by the names of the runs, the same on all ranks; fewer if one was stopped
  Map<String, SweepResult> run(Consumer<? super SweepEvent> listener) throws IOException {
    var book = new HandedOut(group, runs.stream().map(SweepRun::seconds).toList());
    var thread = Executors.newSingleThreadExecutor(Thread.ofPlatform().name("sweep").factory());
    try {
      while (!book.isOver()) {
        for (var ended : book.tell(news(listener))) {
          take(ended, listener);
        }
        if (book.isStopped()) {
          sweep.requestStop();
        }
        begin(book, thread);
      }
      return results;
    } finally {
      if (!book.isOver()) { // a rank has failed
        sweep.requestStop();
      }
      thread.close();
    }
  }

  private void begin(HandedOut book, ExecutorService thread) {
    if (training.isEmpty() && book.mine().isPresent()) {
      int number = book.mine().get();
      before = false;
      var started = new SweepEvent.RunStarted(runs.get(number), number + 1, runs.size());
      training = Optional.of(thread.submit(() -> sweep.take(started, events::add)));
    }
  }

  /// What this rank has to tell, after a while in which its events are delivered.
  private News news(Consumer<? super SweepEvent> listener) throws IOException {
    boolean done = training.map(Future::isDone).orElse(false); // before the last events are taken
    deliver(listener, done || training.isEmpty() ? 1 : PAUSE_MILLISECONDS);
    if (!done) {
      return new News(sweep.isStopRequested(), Optional.empty(), false);
    }
    var result = result(training.orElseThrow());
    training = Optional.empty();
    byte[] content = result.isPresent() ? result.get().bytes() : new byte[0];
    return new News(sweep.isStopRequested(), Optional.of(content), before);
  }

  private void deliver(Consumer<? super SweepEvent> listener, long milliseconds) {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(milliseconds);
    try {
      var event = events.poll(milliseconds, TimeUnit.MILLISECONDS);
      while (event != null) {
        if (event instanceof SweepEvent.RunDone done) {
          before = done.before();
        } else {
          listener.accept(event);
        }
        long left = Math.max(0, end - System.nanoTime());
        event = events.poll(left, TimeUnit.NANOSECONDS);
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new TrainingException("the sweep was interrupted");
    }
  }

  private static Optional<SweepResult> result(Future<Optional<SweepResult>> training)
      throws IOException {
    try {
      return training.get();
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new TrainingException("the sweep was interrupted");
    } catch (ExecutionException failed) {
      switch (failed.getCause()) {
        case IOException unreadable -> throw unreadable;
        case RuntimeException wrong -> throw wrong;
        case Error grave -> throw grave;
        case null, default -> throw new IllegalStateException(failed);
      }
    }
  }

  private void take(HandedOut.Ended ended, Consumer<? super SweepEvent> listener)
      throws IOException {
    if (ended.result().length > 0) {
      var run = runs.get(ended.run());
      var result = sweep.read(run, ended.result());
      results.put(run.name(), result);
      listener.accept(new SweepEvent.RunDone(run, result, ended.before()));
    }
  }
}
