package dev.fader.kernel.optimizer;

import static dev.fader.kernel.matrix.Floats.get;
import static dev.fader.kernel.matrix.Floats.set;
import static dev.fader.kernel.vector.Lanes.FLOATS;
import static dev.fader.kernel.vector.Lanes.ORDER;
import static dev.fader.kernel.vector.Lanes.load;
import static dev.fader.kernel.vector.Lanes.store;

import dev.fader.kernel.matrix.Floats;
import dev.fader.kernel.parallel.Chunks;
import dev.fader.kernel.parallel.Workers;
import dev.fader.kernel.vector.VectorMath;
import dev.fader.tensor.Tensor;
import jdk.incubator.vector.DoubleVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/// What optimizers do to a flat range of weights, and the norm that they are clipped by.
public final class Updates {
  /// Elements that one loop runs over; sums of squares are taken by such pieces.
  public static final int PIECE = 1 << 14;

  private final Chunks chunks;
  private final Loops loops;
  private double[] squares = new double[0];

  public Updates(Chunks chunks, boolean vectors) {
    this(chunks, vectors ? new VectorLoops(new ScalarLoops()) : new ScalarLoops());
  }

  private Updates(Chunks chunks, Loops loops) {
    this.chunks = chunks;
    this.loops = loops;
  }

  /// The same in the thread that calls, beside which others compute.
  public Updates inOneThread() {
    return new Updates(new Chunks(Workers.of(1)), loops);
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

  /// Adds `x` to `sum`, of the same length.
  ///
  /// @throws IllegalArgumentException if the lengths or types do not fit
  public void add(Tensor x, Tensor sum) {
    Floats.require(sum, "a sum");
    Floats.require(x, "what is added");
    Floats.requireElements(x, sum.elements(), "what is added");
    eachPiece(sum, (from, count) -> loops.add(x, sum, from, count));
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
    int pieces = pieces(x);
    if (squares.length < pieces) {
      squares = new double[pieces];
    }
    squares(x, squares, 0);
    double sum = 0;
    for (int piece = 0; piece < pieces; piece++) {
      sum += squares[piece];
    }
    return sum;
  }

  /// The sums of the squares of each piece of x, in double.
  ///
  /// @param sums which takes them from `at` on
  /// @throws IllegalArgumentException if x is not float32
  public void squares(Tensor x, double[] sums, int at) {
    Floats.require(x, "what is squared and summed");
    eachPiece(
        x, (from, count) -> sums[at + (int) (from / PIECE)] = loops.sumOfSquares(x, from, count));
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
  private sealed interface Loops {
    /// Moments smaller than this become 0: left alone they decay into denormal numbers, which are
    /// slow, and Java cannot switch these off.
    float TINY = 1e-30f;

    /// Updates the weight and moments of elements `from` to `from + count - 1`.
    void adamw(AdamW how, Step step, long from, int count);

    /// Updates the weight and velocity of elements `from` to `from + count - 1`.
    void sgd(Momentum how, Step step, long from, int count);

    /// Adds elements `from` to `from + count - 1`.
    void add(Tensor x, Tensor sum, long from, int count);

    /// The sum of the squares of elements `from` to `from + count - 1`.
    double sumOfSquares(Tensor x, long from, int count);
  }

  /// The reference.
  private record ScalarLoops() implements Loops {
    @Override
    public void adamw(AdamW how, Step step, long from, int count) {
      var weight = step.weight().segment();
      var gradient = step.gradient().segment();
      var first = how.first().segment();
      var second = how.second().segment();
      long start = from << 2;
      float keep = how.keep(step);
      float stepSize = how.stepSize(step);
      float rootCorrection = how.rootCorrection(step);
      for (int i = 0; i < count; i++) {
        float g = get(gradient, start, i) * step.gradientFactor();
        float m = flush(Math.fma(1 - how.beta1(), g, how.beta1() * get(first, start, i)));
        float v = flush(Math.fma(1 - how.beta2(), g * g, how.beta2() * get(second, start, i)));
        float root = Math.fma((float) Math.sqrt(v), rootCorrection, how.epsilon());
        set(first, start, i, m);
        set(second, start, i, v);
        set(weight, start, i, Math.fma(-stepSize, m / root, get(weight, start, i) * keep));
      }
    }

    @Override
    public void sgd(Momentum how, Step step, long from, int count) {
      var weight = step.weight().segment();
      var gradient = step.gradient().segment();
      var velocity = how.velocity().segment();
      long start = from << 2;
      for (int i = 0; i < count; i++) {
        float w = get(weight, start, i);
        float g = Math.fma(how.weightDecay(), w, get(gradient, start, i) * step.gradientFactor());
        float v = flush(Math.fma(how.momentum(), get(velocity, start, i), g));
        float direction = how.nesterov() ? Math.fma(how.momentum(), v, g) : v;
        set(velocity, start, i, v);
        set(weight, start, i, Math.fma(-step.learningRate(), direction, w));
      }
    }

    @Override
    public void add(Tensor x, Tensor sum, long from, int count) {
      var in = x.segment();
      var out = sum.segment();
      long start = from << 2;
      for (int i = 0; i < count; i++) {
        set(out, start, i, get(out, start, i) + get(in, start, i));
      }
    }

    @Override
    public double sumOfSquares(Tensor x, long from, int count) {
      var in = x.segment();
      double sum = 0;
      for (int i = 0; i < count; i++) {
        double value = get(in, from << 2, i);
        sum += value * value;
      }
      return sum;
    }

    static float flush(float moment) {
      return Math.abs(moment) < TINY ? 0 : moment;
    }
  }

  /// The Vector API twin. What is left behind the last whole vector goes through the reference.
  private record VectorLoops(ScalarLoops scalar) implements Loops {
    private static final int LANES = FLOATS.length();

    @Override
    public void adamw(AdamW how, Step step, long from, int count) {
      var weight = step.weight().segment();
      var gradient = step.gradient().segment();
      var first = how.first().segment();
      var second = how.second().segment();
      long start = from << 2;
      var beta1 = FloatVector.broadcast(FLOATS, 1 - how.beta1());
      var beta2 = FloatVector.broadcast(FLOATS, 1 - how.beta2());
      var epsilon = FloatVector.broadcast(FLOATS, how.epsilon());
      var rootCorrection = FloatVector.broadcast(FLOATS, how.rootCorrection(step));
      var stepSize = FloatVector.broadcast(FLOATS, -how.stepSize(step));
      float keep = how.keep(step);
      int bound = FLOATS.loopBound(count);
      for (int i = 0; i < bound; i += LANES) {
        var g = load(gradient, start, i).mul(step.gradientFactor());
        var m = flush(beta1.fma(g, load(first, start, i).mul(how.beta1())));
        var v = flush(beta2.fma(g.mul(g), load(second, start, i).mul(how.beta2())));
        var root = v.sqrt().fma(rootCorrection, epsilon);
        store(m, first, start, i);
        store(v, second, start, i);
        var kept = load(weight, start, i).mul(keep);
        store(stepSize.fma(m.div(root), kept), weight, start, i);
      }
      scalar.adamw(how, step, from + bound, count - bound);
    }

    @Override
    public void sgd(Momentum how, Step step, long from, int count) {
      var weight = step.weight().segment();
      var gradient = step.gradient().segment();
      var velocity = how.velocity().segment();
      long start = from << 2;
      var decay = FloatVector.broadcast(FLOATS, how.weightDecay());
      var momentum = FloatVector.broadcast(FLOATS, how.momentum());
      var rate = FloatVector.broadcast(FLOATS, -step.learningRate());
      boolean nesterov = how.nesterov();
      int bound = FLOATS.loopBound(count);
      for (int i = 0; i < bound; i += LANES) {
        var w = load(weight, start, i);
        var g = decay.fma(w, load(gradient, start, i).mul(step.gradientFactor()));
        var v = flush(momentum.fma(load(velocity, start, i), g));
        store(v, velocity, start, i);
        // Not by way of methods of ours: the compiler may find a branch too cold to put them in
        // line.
        long at = start + ((long) i << 2);
        if (nesterov) {
          rate.fma(momentum.fma(v, g), w).intoMemorySegment(weight, at, ORDER);
        } else {
          rate.fma(v, w).intoMemorySegment(weight, at, ORDER);
        }
      }
      scalar.sgd(how, step, from + bound, count - bound);
    }

    private static FloatVector flush(FloatVector moment) {
      return moment.blend(0, moment.abs().compare(VectorOperators.LT, TINY));
    }

    @Override
    public void add(Tensor x, Tensor sum, long from, int count) {
      var in = x.segment();
      var out = sum.segment();
      long start = from << 2;
      int bound = FLOATS.loopBound(count);
      for (int i = 0; i < bound; i += LANES) {
        store(load(out, start, i).add(load(in, start, i)), out, start, i);
      }
      scalar.add(x, sum, from + bound, count - bound);
    }

    @Override
    public double sumOfSquares(Tensor x, long from, int count) {
      var in = x.segment();
      var low = DoubleVector.zero(VectorMath.DOUBLES);
      var high = DoubleVector.zero(VectorMath.DOUBLES);
      int bound = FLOATS.loopBound(count);
      for (int i = 0; i < bound; i += LANES) {
        var v = load(in, from << 2, i);
        var a = (DoubleVector) v.convert(VectorOperators.F2D, 0);
        var b = (DoubleVector) v.convert(VectorOperators.F2D, 1);
        low = a.fma(a, low);
        high = b.fma(b, high);
      }
      return VectorMath.sum(low.add(high)) + scalar.sumOfSquares(x, from + bound, count - bound);
    }
  }
}
