package dev.fader.kernel.row;

import static dev.fader.kernel.matrix.Floats.get;
import static dev.fader.kernel.matrix.Floats.set;
import static dev.fader.kernel.vector.Lanes.FLOATS;
import static dev.fader.kernel.vector.Lanes.ORDER;
import static dev.fader.kernel.vector.Lanes.load;
import static dev.fader.kernel.vector.Lanes.store;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.vector.VectorMath;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/// The Vector API twin. Sums are taken in float32 by lanes, a few dozen terms each.
record VectorNormalization() implements Normalizer.Loops {
  private static final int LANES = FLOATS.length();

  @Override
  public void forward(Normalizer.Pass pass, Matrix y, int row) {
    int end = (row + 1) * pass.groups();
    for (int group = row * pass.groups(); group < end; group++) {
      measure(pass, group);
      apply(pass, y, group);
    }
  }

  private static void measure(Normalizer.Pass pass, int group) {
    var x = pass.x().tensor().segment();
    long start = pass.start(pass.x(), group);
    int size = pass.size();
    float mean =
        switch (pass.how().kind()) {
          case RMS -> 0;
          case LAYER -> sum(x, start, size) / size;
        };
    double variance = (double) sumOfSquares(x, start, size, mean) / size;
    var statistics = pass.statistics().segment();
    set(statistics, Normalizer.Pass.statisticsStart(group), 0, mean);
    float inverse = (float) (1 / Math.sqrt(variance + pass.how().epsilon()));
    set(statistics, Normalizer.Pass.statisticsStart(group), 1, inverse);
  }

  private static float sum(MemorySegment x, long start, int size) {
    var even = FloatVector.zero(FLOATS);
    var odd = FloatVector.zero(FLOATS);
    int i = 0;
    for (; i + 2 * LANES <= size; i += 2 * LANES) {
      even = even.add(load(x, start, i));
      odd = odd.add(load(x, start, i + LANES));
    }
    float sum = VectorMath.sum(even.add(odd));
    for (; i < size; i++) {
      sum += get(x, start, i);
    }
    return sum;
  }

  private static float sumOfSquares(MemorySegment x, long start, int size, float mean) {
    var even = FloatVector.zero(FLOATS);
    var odd = FloatVector.zero(FLOATS);
    int i = 0;
    for (; i + 2 * LANES <= size; i += 2 * LANES) {
      var first = load(x, start, i).sub(mean);
      var second = load(x, start, i + LANES).sub(mean);
      even = first.fma(first, even);
      odd = second.fma(second, odd);
    }
    float sum = VectorMath.sum(even.add(odd));
    for (; i < size; i++) {
      float difference = get(x, start, i) - mean;
      sum = Math.fma(difference, difference, sum);
    }
    return sum;
  }

  private static void apply(Normalizer.Pass pass, Matrix y, int group) {
    var in = pass.x().tensor().segment();
    var out = y.tensor().segment();
    var weight = pass.how().weight().segment();
    var statistics = pass.statistics().segment();
    long inStart = pass.start(pass.x(), group);
    long outStart = pass.start(y, group);
    float mean = get(statistics, Normalizer.Pass.statisticsStart(group), 0);
    float inverse = get(statistics, Normalizer.Pass.statisticsStart(group), 1);
    float offset = pass.how().weightOffset();
    int size = pass.size();
    int i = 0;
    for (; i < FLOATS.loopBound(size); i += LANES) {
      var normal = load(in, inStart, i).sub(mean).mul(inverse);
      store(normal.mul(load(weight, 0, i).add(offset)), out, outStart, i);
    }
    if (pass.how().bias().isPresent()) {
      addBias(pass, y, group);
    }
    ScalarNormalization.apply(pass, y, group, i);
  }

  /// To the whole vectors of a group.
  private static void addBias(Normalizer.Pass pass, Matrix y, int group) {
    var bias = pass.how().bias().orElseThrow().segment();
    var out = y.tensor().segment();
    long outStart = pass.start(y, group);
    for (int i = 0; i < FLOATS.loopBound(pass.size()); i += LANES) {
      store(load(out, outStart, i).add(load(bias, 0, i)), out, outStart, i);
    }
  }

  @Override
  public void backward(Normalizer.Pass pass, Normalizer.Gradient gradient, float[] sums, int row) {
    int end = (row + 1) * pass.groups();
    for (int group = row * pass.groups(); group < end; group++) {
      backwardGroup(pass, gradient, sums, group);
    }
  }

  /// As in [ScalarNormalization], where the formula is.
  private static void backwardGroup(
      Normalizer.Pass pass, Normalizer.Gradient gradient, float[] sums, int group) {
    var x = pass.x().tensor().segment();
    var dy = gradient.output().tensor().segment();
    var weight = pass.how().weight().segment();
    var statistics = pass.statistics().segment();
    long xStart = pass.start(pass.x(), group);
    long dyStart = pass.start(gradient.output(), group);
    long statisticsStart = Normalizer.Pass.statisticsStart(group);
    float mean = get(statistics, statisticsStart, 0);
    float inverse = get(statistics, statisticsStart, 1);
    float offset = pass.how().weightOffset();
    int size = pass.size();
    var sumByLane = FloatVector.zero(FLOATS);
    var dotByLane = FloatVector.zero(FLOATS);
    int i = 0;
    for (; i < FLOATS.loopBound(size); i += LANES) {
      var normal = load(x, xStart, i).sub(mean).mul(inverse);
      var g = load(dy, dyStart, i);
      var d = g.mul(load(weight, 0, i).add(offset));
      sumByLane = sumByLane.add(d);
      dotByLane = d.fma(normal, dotByLane);
      g.fma(normal, FloatVector.fromArray(FLOATS, sums, i)).intoArray(sums, i);
      FloatVector.fromArray(FLOATS, sums, size + i).add(g).intoArray(sums, size + i);
    }
    float sum = VectorMath.sum(sumByLane);
    float dot = VectorMath.sum(dotByLane);
    for (; i < size; i++) {
      float normal = (get(x, xStart, i) - mean) * inverse;
      float g = get(dy, dyStart, i);
      float d = g * (get(weight, 0, i) + offset);
      sum += d;
      dot = Math.fma(d, normal, dot);
      sums[i] = Math.fma(g, normal, sums[i]);
      sums[size + i] += g;
    }
    sums[2 * size] = pass.how().kind() == Normalization.Kind.LAYER ? sum / size : 0;
    sums[2 * size + 1] = dot / size;
    setInput(pass, gradient, sums, group);
  }

  private static void setInput(
      Normalizer.Pass pass, Normalizer.Gradient gradient, float[] sums, int group) {
    var x = pass.x().tensor().segment();
    var dy = gradient.output().tensor().segment();
    var dx = gradient.input().tensor().segment();
    var weight = pass.how().weight().segment();
    var statistics = pass.statistics().segment();
    long xStart = pass.start(pass.x(), group);
    long dyStart = pass.start(gradient.output(), group);
    long dxStart = pass.start(gradient.input(), group);
    long statisticsStart = Normalizer.Pass.statisticsStart(group);
    float mean = get(statistics, statisticsStart, 0);
    float inverse = get(statistics, statisticsStart, 1);
    float offset = pass.how().weightOffset();
    int size = pass.size();
    float meanOfD = sums[2 * size];
    float meanOfDot = sums[2 * size + 1];
    var meansOfD = FloatVector.broadcast(FLOATS, meanOfD);
    boolean addToInput = gradient.addToInput();
    var meansOfDot = FloatVector.broadcast(FLOATS, meanOfDot);
    int i = 0;
    for (; i < FLOATS.loopBound(size); i += LANES) {
      var normal = load(x, xStart, i).sub(mean).mul(inverse);
      var d = load(dy, dyStart, i).mul(load(weight, 0, i).add(offset));
      var value = d.sub(normal.fma(meansOfDot, meansOfD)).mul(inverse);
      // Not by way of methods of ours: the compiler may find a branch too cold to put them in line.
      if (addToInput) {
        FloatVector.fromMemorySegment(FLOATS, dx, dxStart + ((long) i << 2), ORDER)
            .add(value)
            .intoMemorySegment(dx, dxStart + ((long) i << 2), ORDER);
      } else {
        value.intoMemorySegment(dx, dxStart + ((long) i << 2), ORDER);
      }
    }
    ScalarNormalization.setInput(pass, gradient, sums, group, i);
  }
}
