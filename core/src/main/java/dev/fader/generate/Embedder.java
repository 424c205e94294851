package dev.fader.generate;

import java.util.Arrays;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/// Text embeddings: the hidden states after the last norm, pooled.
public final class Embedder {
  private final Session session;
  private final Pooling pooling;
  private final boolean normalized;

  /// An embedder on its own session.
  ///
  /// @param normalized whether vectors are scaled to length 1 (L2), so that their dot product is
  ///   the cosine similarity
  public Embedder(Session session, Pooling pooling, boolean normalized) {
    this.session = session;
    this.pooling = pooling;
    this.normalized = normalized;
  }

  /// The embedding of a text: (width).
  ///
  /// @throws ContextFullException if it does not fit the session
  /// @throws IllegalArgumentException if there are no tokens or one is outside the vocabulary
  public float[] embed(int... tokens) {
    return embedUnless(SessionPool::never, tokens).orElseThrow();
  }

  /// The same unless `stop`, which is checked before each layer, becomes true.
  ///
  /// @throws ContextFullException if it does not fit the session
  /// @throws IllegalArgumentException if there are no tokens or one is outside the vocabulary
  public Optional<float[]> embedUnless(BooleanSupplier stop, int... tokens) {
    session.truncate(0);
    var sum = new Sum();
    int last = tokens.length - 1;
    boolean read =
        session.readStatesUnless(
            stop,
            tokens,
            position ->
                switch (pooling) {
                  case MEAN -> true;
                  case LAST -> position == last;
                  case FIRST -> position == 0;
                },
            (position, state) -> sum.add(state));
    if (!read) {
      return Optional.empty();
    }
    var vector = sum.mean();
    return Optional.of(normalized ? normalize(vector) : vector);
  }

  /// In double, since a text may have a hundred thousand tokens.
  private static final class Sum {
    private double[] values = {};
    private int count;

    void add(float[] state) {
      if (count == 0) {
        values = new double[state.length];
      }
      count++;
      for (int i = 0; i < values.length; i++) {
        values[i] += state[i];
      }
    }

    float[] mean() {
      var mean = new float[values.length];
      for (int i = 0; i < mean.length; i++) {
        mean[i] = (float) (values[i] / count);
      }
      return mean;
    }
  }

  /// The first numbers of a vector, scaled to length 1 again, as models are trained for that make
  /// use of it (Kusupati et al. 2022, "Matryoshka Representation Learning"); all of them as they
  /// are.
  ///
  /// @throws IllegalArgumentException if the vector has fewer
  public static float[] shortened(float[] vector, int dimensions) {
    if (dimensions < 1 || dimensions > vector.length) {
      throw new IllegalArgumentException(
          "`dimensions` is %d, and must be from 1 to the model's %d"
              .formatted(dimensions, vector.length));
    }
    return dimensions == vector.length ? vector : normalize(Arrays.copyOf(vector, dimensions));
  }

  private static float[] normalize(float[] vector) {
    double squares = 0;
    for (float value : vector) {
      squares += (double) value * value;
    }
    var unit = Arrays.copyOf(vector, vector.length);
    if (squares > 0) {
      double length = Math.sqrt(squares);
      for (int i = 0; i < unit.length; i++) {
        unit[i] = (float) (unit[i] / length);
      }
    }
    return unit;
  }
}
