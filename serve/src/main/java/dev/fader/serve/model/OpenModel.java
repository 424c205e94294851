package dev.fader.serve.model;

import dev.fader.LanguageModel;
import dev.fader.Serving;
import dev.fader.model.file.AdapterSource;
import dev.fader.serve.http.ApiException;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/// A model in memory.
final class OpenModel implements AutoCloseable {
  private static final Duration MOMENT = Duration.ofMillis(500);

  private final ServedModel model;
  private final ModelPolicy policy;
  private final LanguageModel language;
  private final Serving serving;
  private final ExecutorService computing;

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
    var options = sources.length == 0 ? policy.opening() : policy.opening().withChoices(sources);
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

  <T> T compute(Callable<T> work) throws Exception {
    try {
      return computing.submit(work).get();
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
        case Error error -> throw error;
        case Exception exception -> throw exception;
        case null, default -> throw failed;
      }
    }
  }

  private static ApiException ending(RuntimeException cause) {
    var error =
        new ApiException(ApiException.Kind.UNAVAILABLE, "the model is closed: try again in 5 s")
            .retryAfter(5);
    error.initCause(cause);
    return error;
  }

  /// Closes it. What is computed cannot be broken off: it has a moment, and if that is too short
  /// the memory is given back when it ends.
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
