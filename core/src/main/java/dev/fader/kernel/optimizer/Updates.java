package dev.fader.kernel.optimizer;

import dev.fader.kernel.matrix.Floats;
import dev.fader.kernel.parallel.Chunks;
import dev.fader.tensor.Tensor;

/// What optimizers do to a flat range of weights, and the norm that they are clipped by.
public final class Updates {
  /// Elements that one loop runs over; sums of squares are taken by such pieces.
  private static final int PIECE = 1 << 14;

  private final Chunks chunks;
  private final Loops loops;
  private double[] squares = new double[0];

  public Updates(Chunks chunks, boolean vectors) {
    this.chunks = chunks;
    loops = vectors ? new VectorUpdates(new ScalarUpdates()) : new ScalarUpdates();
  }

  /// One step of AdamW on a weight and its moments, all of one length, in one pass.
  ///
  /// @throws IllegalArgumentException if the lengths or types do not fit
  public void adamw(AdamW how, Tensor weight, Tensor gradient, AdamW.Moments moments) {
    Floats.require(weight, "a weight");
    requireLike(weight, gradient, "the gradient of a weight");
    requireLike(weight, moments.first(), "the first moment of a weight");
    requireLike(weight, moments.second(), "the second moment of a weight");
    var step = new Loops.AdamWStep(how, weight, gradient, moments);
    chunks.overRows(
        pieces(weight),
        PIECE,
        (from, end) -> {
          for (int piece = from; piece < end; piece++) {
            loops.adamw(step, start(piece), length(weight, piece));
          }
        });
  }

  /// One step of gradient descent on a weight and its velocity, all of one length, in one pass.
  ///
  /// @throws IllegalArgumentException if the lengths or types do not fit
  public void sgd(Momentum how, Tensor weight, Tensor gradient, Tensor velocity) {
    Floats.require(weight, "a weight");
    requireLike(weight, gradient, "the gradient of a weight");
    requireLike(weight, velocity, "the velocity of a weight");
    var step = new Loops.MomentumStep(how, weight, gradient, velocity);
    chunks.overRows(
        pieces(weight),
        PIECE,
        (from, end) -> {
          for (int piece = from; piece < end; piece++) {
            loops.sgd(step, start(piece), length(weight, piece));
          }
        });
  }

  /// The sum of the squares of all elements, in double.
  ///
  /// @throws IllegalArgumentException if x is not float32
  public synchronized double sumOfSquares(Tensor x) {
    Floats.require(x, "what is squared and summed");
    int pieces = pieces(x);
    if (squares.length < pieces) {
      squares = new double[pieces];
    }
    chunks.overRows(
        pieces,
        PIECE,
        (from, end) -> {
          for (int piece = from; piece < end; piece++) {
            squares[piece] = loops.sumOfSquares(x, start(piece), length(x, piece));
          }
        });
    double sum = 0;
    for (int piece = 0; piece < pieces; piece++) {
      sum += squares[piece];
    }
    return sum;
  }

  private static int pieces(Tensor tensor) {
    return Math.toIntExact(Math.ceilDiv(tensor.elements(), (long) PIECE));
  }

  private static long start(int piece) {
    return (long) piece * PIECE;
  }

  private static int length(Tensor tensor, int piece) {
    return (int) Math.min(PIECE, tensor.elements() - start(piece));
  }

  private static void requireLike(Tensor weight, Tensor other, String what) {
    Floats.require(other, what);
    Floats.requireElements(other, weight.elements(), what);
  }

  /// A run of elements of each optimizer.
  public sealed interface Loops permits ScalarUpdates, VectorUpdates {
    /// AdamW.Moments smaller than this become 0: left alone they decay into denormal numbers, which
    /// are slow, and Java cannot switch these off.
    float TINY = 1e-30f;

    /// What a step of AdamW works on.
    record AdamWStep(AdamW how, Tensor weight, Tensor gradient, AdamW.Moments moments) {}

    /// What a step of gradient descent works on.
    record MomentumStep(Momentum how, Tensor weight, Tensor gradient, Tensor velocity) {}

    /// Updates the weight and moments of elements `from` to `from + count - 1`.
    void adamw(AdamWStep step, long from, int count);

    /// Updates the weight and velocity of elements `from` to `from + count - 1`.
    void sgd(MomentumStep step, long from, int count);

    /// The sum of the squares of elements `from` to `from + count - 1`.
    double sumOfSquares(Tensor x, long from, int count);
  }
}
