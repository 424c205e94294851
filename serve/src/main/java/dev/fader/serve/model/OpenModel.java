package dev.fader.serve.model;

import dev.fader.LanguageModel;
import dev.fader.Serving;
import dev.fader.model.file.AdapterSource;
import dev.fader.serve.http.ApiException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/// A model in memory.
final class OpenModel implements AutoCloseable {
  private static final Duration MOMENT = Duration.ofMillis(500);

  private final ServedModel model;
  private final ModelPolicy policy;
  private final LanguageModel language;
  private final Serving serving;
  private final ThreadPoolExecutor computing;

  private OpenModel(
      ServedModel model, ModelPolicy policy, LanguageModel language, Serving serving) {
    this.model = model;
    this.policy = policy;
    this.language = language;
    this.serving = serving;
    this.computing =
        new ThreadPoolExecutor(
            1,
            1,
            0,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(Math.max(1, policy.scheduling().waiting())),
            Thread.ofPlatform().daemon().name("fader-compute-" + model.name()).factory());
  }

  @SuppressWarnings("MustBeClosedChecker") // what is returned owns them
  static OpenModel open(ServedModel model, ModelPolicy policy) throws IOException {
    var sources =
        model.adapters().stream()
            .map(adapter -> AdapterSource.of(adapter.path()))
            .toArray(AdapterSource[]::new);
    var opening = policy.opening().withMix(model.mix());
    var options = sources.length == 0 ? opening : opening.withChoices(sources);
    var language = LanguageModel.open(model.path(), options);
    try {
      return new OpenModel(model, policy, language, language.serve(policy.scheduling()));
    } catch (IOException | RuntimeException | Error failed) {
      language.close();
      throw failed;
    }
  }

  /// The same on a thread of its own, for who asked may go, and the file is not to be closed by
  /// that.
  static OpenModel openApart(ServedModel model, ModelPolicy policy) throws ExecutionException {
    var opened = new CompletableFuture<OpenModel>();
    Thread.ofPlatform()
        .daemon()
        .name("fader-open-" + model.name())
        .start(() -> {
          var event = new ModelOpening(model.name());
          event.begin();
          try {
            opened.complete(open(model, policy));
          } catch (IOException | RuntimeException | Error failed) {
            opened.completeExceptionally(failed);
          }
          event.commit();
        });
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return opened.get();
        } catch (InterruptedException wait) { // or else nobody would close it
          interrupted = true;
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  ServedModel model() {
    return model;
  }

  ModelPolicy policy() {
    return policy;
  }

  Serving serving() {
    return serving;
  }

  /// For whom something is computed.
  ///
  /// @param deadline when it is too late, if ever
  /// @param whenGone takes what is to be done when nobody waits for it any more
  record Asker(Optional<Instant> deadline, Consumer<Runnable> whenGone) {}

  /// Something to compute.
  interface Work<T> {
    /// Computes it.
    ///
    /// @param stop says when nobody waits for it any more: then it is to end soon, however it likes
    T compute(BooleanSupplier stop) throws Exception;
  }

  /// Computes something when its turn comes, unless it is too late then or nobody waits for it.
  /// What has begun is told to stop then, and not waited for.
  ///
  /// @throws TimeoutException if it is too late
  /// @throws Exception as the work does
  <T> T compute(Work<T> work, Asker asker) throws Exception {
    var dropped = new AtomicBoolean();
    var task =
        new FutureTask<>(() -> work.compute(() -> dropped.get() || computing.isShutdown())) {
          @Override
          public boolean cancel(boolean interrupts) {
            dropped.set(true);
            return super.cancel(interrupts);
          }
        };
    // Let go at the end, for a request may ask for thousands, and what it is to do stays with it.
    var waiting = new AtomicReference<>(Optional.of(task));
    try {
      computing.execute(task);
      asker.whenGone().accept(() -> waiting.get().ifPresent(this::drop));
      return asker.deadline().isPresent() ? inTime(task, asker.deadline().get()) : task.get();
    } catch (CancellationException ending) {
      throw ending(ending);
    } catch (RejectedExecutionException full) {
      if (computing.isShutdown()) {
        throw ending(full);
      }
      throw new ApiException(
              ApiException.Kind.BUSY, "as many requests wait as may: try again in 1 s")
          .retryAfter(1);
    } catch (ExecutionException failed) {
      switch (failed.getCause()) {
        case CancellationException ending -> throw ending(ending);
        case Error error -> throw error;
        case Exception exception -> throw exception;
        case null, default -> throw failed;
      }
    } finally {
      waiting.set(Optional.empty());
      drop(task);
    }
  }

  private static <T> T inTime(Future<T> task, Instant deadline)
      throws InterruptedException, ExecutionException, TimeoutException {
    var left = Duration.between(Instant.now(), deadline);
    return task.get(TimeUnit.NANOSECONDS.convert(left), TimeUnit.NANOSECONDS);
  }

  /// Takes the place of what has not begun from it.
  private void drop(FutureTask<?> task) {
    if (task.cancel(false)) {
      computing.remove(task);
    }
  }

  private static ApiException ending(RuntimeException cause) {
    var error =
        new ApiException(ApiException.Kind.UNAVAILABLE, "the model is closed: try again in 5 s")
            .retryAfter(5);
    error.initCause(cause);
    return error;
  }

  /// Closes it. What is computed is told to stop: it has a moment, and if that is too short the
  /// memory is given back when it ends.
  @Override
  public void close() {
    for (var waiting : computing.shutdownNow()) {
      if (waiting instanceof Future<?> work) {
        work.cancel(false);
      }
    }
    serving.close();
    if (hasEnded()) {
      language.close();
    } else {
      Thread.ofPlatform().daemon().name("fader-close-" + model.name()).start(language::close);
    }
  }

  private boolean hasEnded() {
    try {
      return computing.awaitTermination(MOMENT.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException hurry) {
      Thread.currentThread().interrupt();
      return computing.isTerminated();
    }
  }
}
