package dev.fader.kernel.row;

import static dev.fader.kernel.matrix.Floats.get;
import static dev.fader.kernel.matrix.Floats.set;

import dev.fader.kernel.matrix.Matrix;
import java.lang.foreign.MemorySegment;

/// The reference. Sums are taken in double.
record ScalarNormalization() implements Normalizer.Loops {
  @Override
  public void forward(Normalizer.Pass pass, Matrix y, int row) {
    int end = (row + 1) * pass.groups();
    for (int group = row * pass.groups(); group < end; group++) {
      measure(pass, group);
      apply(pass, y, group, 0);
    }
  }

  private static void measure(Normalizer.Pass pass, int group) {
    var x = pass.x().tensor().segment();
    long start = pass.start(pass.x(), group);
    int size = pass.size();
    double mean =
        switch (pass.how().kind()) {
          case RMS -> 0;
          case LAYER -> mean(x, start, size);
        };
    double squares = 0;
    for (int i = 0; i < size; i++) {
      double difference = get(x, start, i) - mean;
      squares += difference * difference;
    }
    double deviation = Math.sqrt(squares / size + pass.how().epsilon());
    var statistics = pass.statistics().segment();
    set(statistics, Normalizer.Pass.statisticsStart(group), 0, (float) mean);
    set(statistics, Normalizer.Pass.statisticsStart(group), 1, (float) (1 / deviation));
  }

  private static double mean(MemorySegment x, long start, int size) {
    double sum = 0;
    for (int i = 0; i < size; i++) {
      sum += get(x, start, i);
    }
    return sum / size;
  }

  /// Sets the elements of a group from `from` on: all of them, or what vectors leave.
  static void apply(Normalizer.Pass pass, Matrix y, int group, int from) {
    var how = pass.how();
    var in = pass.x().tensor().segment();
    var out = y.tensor().segment();
    var weight = how.weight().segment();
    var statistics = pass.statistics().segment();
    long inStart = pass.start(pass.x(), group);
    long outStart = pass.start(y, group);
    float mean = get(statistics, Normalizer.Pass.statisticsStart(group), 0);
    float inverse = get(statistics, Normalizer.Pass.statisticsStart(group), 1);
    for (int i = from, size = pass.size(); i < size; i++) {
      float normal = (get(in, inStart, i) - mean) * inverse;
      set(out, outStart, i, normal * (get(weight, 0, i) + how.weightOffset()));
    }
    if (how.bias().isPresent()) {
      var bias = how.bias().get().segment();
      for (int i = from, size = pass.size(); i < size; i++) {
        set(out, outStart, i, get(out, outStart, i) + get(bias, 0, i));
      }
    }
  }

  @Override
  public void backward(Normalizer.Pass pass, Normalizer.Gradient gradient, float[] sums, int row) {
    int end = (row + 1) * pass.groups();
    for (int group = row * pass.groups(); group < end; group++) {
      backwardGroup(pass, gradient, sums, group);
    }
  }

  /// With `d = gradient of y * (weight + offset)` and `n = (x - mean) / deviation`, the gradient of
  /// x is `(d - n mean(d n) - mean(d)) / deviation`, the last mean only where a mean was taken off.
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
    double sum = 0;
    double dot = 0;
    for (int i = 0; i < size; i++) {
      float normal = (get(x, xStart, i) - mean) * inverse;
      float g = get(dy, dyStart, i);
      float d = g * (get(weight, 0, i) + offset);
      sum += d;
      dot += (double) d * normal;
      sums[i] += g * normal;
      sums[size + i] += g;
    }
    sums[2 * size] = pass.how().kind() == Normalization.Kind.LAYER ? (float) (sum / size) : 0;
    sums[2 * size + 1] = (float) (dot / size);
    setInput(pass, gradient, sums, group, 0);
  }

  /// Sets or adds to the gradient of x in a group from element `from` on. The means of d and of d n
  /// stand behind the sums.
  static void setInput(
      Normalizer.Pass pass, Normalizer.Gradient gradient, float[] sums, int group, int from) {
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
    for (int i = from; i < size; i++) {
      float normal = (get(x, xStart, i) - mean) * inverse;
      float d = get(dy, dyStart, i) * (get(weight, 0, i) + offset);
      float value = (d - Math.fma(normal, meanOfDot, meanOfD)) * inverse;
      set(dx, dxStart, i, gradient.addToInput() ? get(dx, dxStart, i) + value : value);
    }
  }
}
