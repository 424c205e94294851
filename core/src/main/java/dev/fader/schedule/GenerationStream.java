package dev.fader.schedule;

import dev.fader.generate.Generation;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// A request on its way. Its events wait here until they are taken, so that a slow taker holds up
/// nobody; there are no more of them than tokens of the prompt and tokens that were asked for.
///
/// Safe for use by several threads.
public final class GenerationStream implements AutoCloseable {
  private static final Duration FOREVER = Duration.ofNanos(Long.MAX_VALUE);

  private final BlockingQueue<Timed> events = new LinkedBlockingQueue<>();
  private final CompletableFuture<List<Generation>> result = new CompletableFuture<>();
  private final Object taking = new Object();
  private int left; // texts whose end was not taken yet, guarded by taking
  private long happened = System.nanoTime(); // guarded by taking
  private volatile boolean cancelled;

  private record Timed(GenerationEvent event, long nanos) {}

  /// @param texts of the request
  GenerationStream(int texts) {
    this.left = texts;
  }

  /// The next event, waiting for it; empty after the last one.
  ///
  /// @throws InterruptedException if the thread is interrupted meanwhile
  public Optional<GenerationEvent> next() throws InterruptedException {
    return next(FOREVER);
  }

  /// The next event, waiting for it no longer than `most`; empty after the last one, or if there is
  /// none by then.
  ///
  /// @throws InterruptedException if the thread is interrupted meanwhile
  public Optional<GenerationEvent> next(Duration most) throws InterruptedException {
    synchronized (taking) {
      if (left == 0) {
        return Optional.empty();
      }
      var next = Optional.ofNullable(events.poll(most.toNanos(), TimeUnit.NANOSECONDS));
      next.ifPresent(some -> {
        happened = some.nanos();
        switch (some.event()) {
          case GenerationEvent.Ended _ -> left--;
          case GenerationEvent.Failed _ -> left = 0;
          case GenerationEvent.PromptProgress _,
              GenerationEvent.PromptRead _,
              GenerationEvent.Written _ -> {}
        }
      });
      return next.map(Timed::event);
    }
  }

  /// When the event that was taken last happened, as [System#nanoTime] has it; before the first,
  /// when the request was taken on.
  public long happened() {
    synchronized (taking) {
      return happened;
    }
  }

  /// All texts once they have ended. It fails as the request does. What follows from it without an
  /// executor of its own may run on the scheduler's thread, where all texts wait for it.
  public CompletableFuture<List<Generation>> result() {
    return result.copy();
  }

  /// Ends the request within one forward pass: what was written by then is its result.
  public void cancel() {
    cancelled = true;
  }

  /// The same as [#cancel].
  @Override
  public void close() {
    cancel();
  }

  boolean isCancelled() {
    return cancelled;
  }

  void add(GenerationEvent event) {
    events.add(new Timed(event, System.nanoTime()));
  }

  void complete(List<Generation> generations) {
    result.complete(generations);
  }

  void fail(RuntimeException cause) {
    add(new GenerationEvent.Failed(cause));
    result.completeExceptionally(cause);
  }
}
