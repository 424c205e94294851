package dev.fader.kernel.optimizer;

import dev.fader.kernel.matrix.Floats;
import dev.fader.kernel.parallel.Chunks;
import dev.fader.tensor.Tensor;

/// What optimizers do to a flat range of weights, and the norm that they are clipped by.
public final class Updates {
  /// Elements that one loop runs over; sums of squares are taken by such pieces.
  private static final int PIECE = 1 << 14;

  private final Chunks chunks;
  private final UpdateLoops loops;
  private double[] squares = new double[0];

  public Updates(Chunks chunks, boolean vectors) {
    this.chunks = chunks;
    loops = vectors ? new VectorUpdates(new ScalarUpdates()) : new ScalarUpdates();
  }

  public void adamw(AdamW how, Tensor weight, Tensor gradient, Moments moments) {
    Floats.require(weight, "a weight");
    requireLike(weight, gradient, "the gradient of a weight");
    requireLike(weight, moments.first(), "the first moment of a weight");
    requireLike(weight, moments.second(), "the second moment of a weight");
    var step = new UpdateLoops.AdamWStep(how, weight, gradient, moments);
    chunks.overRows(
        pieces(weight),
        PIECE,
        (from, end) -> {
          for (int piece = from; piece < end; piece++) {
            loops.adamw(step, start(piece), length(weight, piece));
          }
        });
  }

  public void sgd(Momentum how, Tensor weight, Tensor gradient, Tensor velocity) {
    Floats.require(weight, "a weight");
    requireLike(weight, gradient, "the gradient of a weight");
    requireLike(weight, velocity, "the velocity of a weight");
    var step = new UpdateLoops.MomentumStep(how, weight, gradient, velocity);
    chunks.overRows(
        pieces(weight),
        PIECE,
        (from, end) -> {
          for (int piece = from; piece < end; piece++) {
            loops.sgd(step, start(piece), length(weight, piece));
          }
        });
  }

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
}
