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

  /// One step of AdamW on a weight and its moments, all of one length, in one pass over them.
  ///
  /// @throws IllegalArgumentException if the lengths or types do not fit
  public void adamw(AdamW how, Step step) {
    if (step.number() < 1) {
      throw new IllegalArgumentException("AdamW counts its steps from 1, not " + step.number());
    }
    requireLike(step, step.gradient(), "the gradient of a weight");
    requireLike(step, how.first(), "the first moment of a weight");
    requireLike(step, how.second(), "the second moment of a weight");
    eachPiece(step.weight(), (from, count) -> loops.adamw(how, step, from, count));
  }

  /// One step of gradient descent on a weight and its velocity, all of one length, in one pass over
  /// them.
  ///
  /// @throws IllegalArgumentException if the lengths or types do not fit
  public void sgd(Momentum how, Step step) {
    requireLike(step, step.gradient(), "the gradient of a weight");
    requireLike(step, how.velocity(), "the velocity of a weight");
    eachPiece(step.weight(), (from, count) -> loops.sgd(how, step, from, count));
  }

  private interface Piece {
    void run(long from, int count);
  }

  private void eachPiece(Tensor x, Piece task) {
    chunks.overRows(
        pieces(x),
        PIECE,
        (from, end) -> {
          for (int piece = from; piece < end; piece++) {
            task.run(start(piece), length(x, piece));
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
    double[] sums = squares;
    eachPiece(x, (from, count) -> sums[(int) (from / PIECE)] = loops.sumOfSquares(x, from, count));
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

  private static void requireLike(Step step, Tensor other, String what) {
    Floats.require(step.weight(), "a weight");
    Floats.require(other, what);
    Floats.requireElements(other, step.weight().elements(), what);
  }

  /// A run of elements of each optimizer.
  public sealed interface Loops permits ScalarUpdates, VectorUpdates {
    /// Moments smaller than this become 0: left alone they decay into denormal numbers, which
    /// are slow, and Java cannot switch these off.
    float TINY = 1e-30f;

    /// Updates the weight and moments of elements `from` to `from + count - 1`.
    void adamw(AdamW how, Step step, long from, int count);

    /// Updates the weight and velocity of elements `from` to `from + count - 1`.
    void sgd(Momentum how, Step step, long from, int count);

    /// The sum of the squares of elements `from` to `from + count - 1`.
    double sumOfSquares(Tensor x, long from, int count);
  }
}
