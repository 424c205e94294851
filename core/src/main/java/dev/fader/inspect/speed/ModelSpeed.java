package dev.fader.inspect.speed;

import dev.fader.generate.Sampler;
import dev.fader.generate.Session;
import dev.fader.generate.SessionBatch;
import dev.fader.generate.SessionPool;
import dev.fader.kernel.Engine;
import dev.fader.model.Decoder;
import dev.fader.model.KeyValueLimits;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// Measures how fast a model reads prompts and generates.
///
/// Prompts are random ids. Each test is done until the compiler has had its time, and is then
/// timed.
@SuppressWarnings("exports") // kernel types, which are exported only to Fader's modules
public final class ModelSpeed {
  private static final double SECOND = 1e9;

  private static final int SEED = 7;

  private final Decoder decoder;
  private final Engine engine;
  private final KeyValueLimits limits;
  private final double warmUp;
  private final ModelWork work;

  /// Receives progress.
  @FunctionalInterface
  public interface Progress {
    /// Called before each repetition of a test; number 0 is the warm-up.
    void begins(SpeedTest test, int repetition);
  }

  /// Measures `decoder` on the threads of `engine`.
  ///
  /// @param limits of keys and values
  /// @param warmUp how many seconds each test is done before it is timed: the compiler needs about
  ///   two
  public ModelSpeed(Decoder decoder, Engine engine, KeyValueLimits limits, double warmUp) {
    this.decoder = decoder;
    this.engine = engine;
    this.limits = limits;
    this.warmUp = warmUp;
    this.work = ModelWork.of(decoder.parameters(), limits.type());
  }

  /// Measures a test `repetitions` times.
  ///
  /// @throws IllegalArgumentException if the test is longer than the model's context
  /// @throws dev.fader.tensor.OutOfTensorMemory if there is no room for its keys and values
  public MeasuredSpeed measure(SpeedTest test, int repetitions, Progress progress) {
    int context = decoder.config().context();
    if (test.length() > context) {
      throw new IllegalArgumentException(
          "a text of %d tokens is more than the model's context of %d"
              .formatted(test.length(), context));
    }
    try (var pool = new SessionPool(decoder, engine.kernels(), engine.memory(), limits)) {
      progress.begins(test, 0);
      var sequences = sequences(pool, test);
      double warm = seconds(pool, sequences, test);
      while (warm < warmUp) {
        warm += seconds(pool, sequences, test);
      }
      var seconds = new double[repetitions];
      for (int i = 0; i < repetitions; i++) {
        progress.begins(test, i + 1);
        seconds[i] = seconds(pool, sequences, test);
      }
      return MeasuredSpeed.of(test, seconds, work);
    }
  }

  /// Sessions with the context of a test in their caches, each its own.
  @SuppressWarnings("MustBeClosedChecker") // the pool closes them
  private List<Session> sequences(SessionPool pool, SpeedTest test) {
    var sequences = new ArrayList<Session>();
    for (int i = 0; i < test.batch(); i++) {
      var session = pool.open(test.length());
      if (test.context() > 0) {
        session.read(ids(test.context(), 2 * i));
      }
      sequences.add(session);
    }
    return sequences;
  }

  private double seconds(SessionPool pool, List<Session> sequences, SpeedTest test) {
    var ids = new int[test.batch()][];
    for (int i = 0; i < ids.length; i++) {
      sequences.get(i).truncate(test.context());
      ids[i] = ids(test.tokens(), 2 * i + 1);
    }
    var batch = new SessionBatch();
    long start = System.nanoTime();
    switch (test.kind()) {
      case PROMPT -> {
        for (int i = 0; i < ids.length; i++) {
          batch.add(sequences.get(i), ids[i]);
        }
        pool.read(batch);
      }
      case GENERATE -> {
        for (int token = 0; token < test.tokens(); token++) {
          batch.clear();
          for (int i = 0; i < ids.length; i++) {
            var session = sequences.get(i);
            batch.add(session, token == 0 ? ids[i][0] : Sampler.largest(session.logits()));
          }
          pool.read(batch);
        }
      }
    }
    return (System.nanoTime() - start) / SECOND;
  }

  private int[] ids(int count, int stream) {
    int vocabulary = decoder.config().vocabularySize();
    return new SplittableRandom(SEED + stream).ints(count, 0, vocabulary).toArray();
  }
}
