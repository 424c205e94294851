package dev.fader.kernel.attention;

import dev.fader.kernel.vector.ScalarMath;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicIntegerArray;

/// What each span of keys contributes to a query: the largest score, the sum of the exponentials
/// over it, and the values weighted by these. They are merged in the order of the spans, whoever
/// computed them.
final class SpanResults {
  float[] sums = {};
  float[] largest = {};
  float[] totals = {};
  int padded;
  private AtomicIntegerArray left = new AtomicIntegerArray(8);

  /// Room for `places` results of `padded` columns each, in `units` that are finished apart.
  void prepare(int places, int units, int padded) {
    this.padded = padded;
    int numbers = Math.multiplyExact(places, padded);
    if (numbers > sums.length) {
      sums = new float[numbers + numbers / 2];
    }
    if (places > largest.length) {
      largest = new float[places + places / 2];
      totals = new float[places + places / 2];
    }
    if (units > left.length()) {
      left = new AtomicIntegerArray(2 * units);
    }
  }

  /// Each of `count` units has `spans` results to come.
  void expect(int unit, int count, int spans) {
    for (int i = unit; i < unit + count; i++) {
      left.set(i, spans);
    }
  }

  /// Whether this was the last result of the unit.
  boolean isComplete(int unit) {
    return left.decrementAndGet(unit) == 0;
  }

  /// An empty result for `count` queries.
  void clear(int place, int count) {
    Arrays.fill(sums, place * padded, (place + count) * padded, 0);
    Arrays.fill(largest, place, place + count, Float.NEGATIVE_INFINITY);
    Arrays.fill(totals, place, place + count, 0);
  }

  /// Makes room for scores up to `score` and returns the largest from now on.
  float raise(int place, float score) {
    float before = largest[place];
    if (score > before) {
      float factor = ScalarMath.exp(before - score);
      largest[place] = score;
      totals[place] *= factor;
      ScoreRow.scale(sums, place * padded, padded, factor);
    }
    return largest[place];
  }

  /// Merges the results of `spans` spans, `stride` places apart, and a sink into the first, and
  /// returns what its sums are to be multiplied with.
  float merge(int place, int stride, int spans, float sink) {
    float most = sink;
    for (int span = 0; span < spans; span++) {
      most = Math.max(most, largest[place + span * stride]);
    }
    float total = ScalarMath.exp(sink - most);
    float first = ScalarMath.exp(largest[place] - most);
    total += totals[place] * first;
    if (first != 1) {
      ScoreRow.scale(sums, place * padded, padded, first);
    }
    for (int span = 1; span < spans; span++) {
      int other = place + span * stride;
      float factor = ScalarMath.exp(largest[other] - most);
      if (factor > 0) {
        total += totals[other] * factor;
        ScoreRow.addScaled(sums, other * padded, factor, place * padded, padded);
      }
    }
    return 1 / total;
  }
}
