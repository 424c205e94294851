package dev.fader.serve.model;

import dev.fader.Serving;
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

  /// The strengths of all its adapters, as the name that was asked for has them.
  public List<Float> strengths() {
    return strengths;
  }

  /// Computes something apart from what is written for others, as embeddings are: on one thread a
  /// model, so that who waits costs nothing.
  ///
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
