package dev.fader.serve.model;

import dev.fader.GenerationOptions;
import dev.fader.Serving;
import dev.fader.schedule.SchedulerLimits;
import dev.fader.serve.http.ApiException;
import java.util.List;
import java.util.concurrent.Callable;

/// A model that stays open as long as a request has it.
public final class ModelLease implements AutoCloseable {
  private final OpenModel open;
  private final String name;
  private final List<Float> strengths;
  private final Runnable giveBack;

  ModelLease(OpenModel open, String name, List<Float> strengths, Runnable giveBack) {
    this.open = open;
    this.name = name;
    this.strengths = strengths;
    this.giveBack = giveBack;
  }

  /// What does the work.
  public Serving serving() {
    return open.serving();
  }

  /// The name of the model, with that of the adapter if one was asked for.
  public String name() {
    return name;
  }

  /// The model as it was given.
  public ServedModel model() {
    return open.model();
  }

  /// How texts are written where a request does not say it.
  public GenerationOptions usual() {
    return open.policy().usual();
  }

  /// How many requests it takes on.
  public SchedulerLimits limits() {
    return open.policy().scheduling();
  }

  /// The tokens that a prompt and its answer may have together.
  public int context() {
    int own = serving().model().config().context();
    return usual().context() == 0 ? own : Math.min(own, usual().context());
  }

  /// Makes sure that a prompt leaves room for at least one token.
  ///
  /// @throws ApiException if it does not
  public void requireRoom(int promptTokens) {
    if (promptTokens >= context()) {
      throw new ApiException(
              ApiException.Kind.INVALID,
              "the prompt has %d tokens, and the context %d: shorten the prompt"
                  .formatted(promptTokens, context()))
          .coded("context_length_exceeded");
    }
  }

  /// The strengths of all its adapters, as the name that was asked for has them.
  public List<Float> strengths() {
    return strengths;
  }

  /// Computes something apart from what is written for others, as embeddings are: on one thread a
  /// model, so that who waits costs nothing.
  ///
  /// @throws ApiException if as much waits as may
  /// @throws Exception as the work does
  public <T> T compute(Callable<T> work) throws Exception {
    return open.compute(work);
  }

  /// Gives it back. To be called once.
  @Override
  public void close() {
    giveBack.run();
  }
}
