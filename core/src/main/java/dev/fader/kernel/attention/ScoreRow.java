package dev.fader.kernel.attention;

import dev.fader.kernel.matrix.Floats;
import dev.fader.kernel.vector.Lanes;
import dev.fader.kernel.vector.VectorMath;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// What happens to the scores of one query between the two products, in whole vectors of absolute
/// positions: sums have the same order wherever a pass begins.
final class ScoreRow {
  private static final VectorSpecies<Float> FLOATS = Lanes.FLOATS;
  private static final int LANES = FLOATS.length();

  private ScoreRow() {}

  /// Caps scores `from` to `end`, if `cap` > 0, and takes those before `first` and from `last` on
  /// out of the softmax. Returns the largest.
  static float mask(float[] scores, int from, int end, int first, int last, float cap) {
    if (cap > 0) {
      for (int j = from; j < end; j += LANES) {
        var score = FloatVector.fromArray(FLOATS, scores, j);
        VectorMath.tanh(score.mul(1 / cap)).mul(cap).intoArray(scores, j);
      }
    }
    Arrays.fill(scores, from, first, Float.NEGATIVE_INFINITY);
    Arrays.fill(scores, last, end, Float.NEGATIVE_INFINITY);
    return AttentionPanels.largest(scores, from, end);
  }

  /// Turns scores into their exponentials over that of `largest` and returns the sum.
  static float exponentiate(float[] scores, int from, int end, float largest) {
    for (int j = from; j < end; j += LANES) {
      VectorMath.exp(FloatVector.fromArray(FLOATS, scores, j).sub(largest)).intoArray(scores, j);
    }
    return sum(scores, from, end);
  }

  /// In a loop of its own: beside the exponentials the compiler leaves the sum on the heap.
  private static float sum(float[] numbers, int from, int end) {
    var sum = FloatVector.zero(FLOATS);
    for (int j = from; j < end; j += LANES) {
      sum = sum.add(FloatVector.fromArray(FLOATS, numbers, j));
    }
    return VectorMath.sum(sum);
  }

  /// Multiplies `count` numbers from `at` on, rounded up to whole vectors.
  static void scale(float[] numbers, int at, int count, float factor) {
    for (int j = at; j < at + count; j += LANES) {
      FloatVector.fromArray(FLOATS, numbers, j).mul(factor).intoArray(numbers, j);
    }
  }

  /// `to = to * factor + from`, `count` numbers in whole vectors.
  static void fold(float[] to, int toAt, float factor, float[] from, int fromAt, int count) {
    for (int j = 0; j < count; j += LANES) {
      FloatVector.fromArray(FLOATS, to, toAt + j)
          .fma(
              FloatVector.broadcast(FLOATS, factor),
              FloatVector.fromArray(FLOATS, from, fromAt + j))
          .intoArray(to, toAt + j);
    }
  }

  /// Adds `factor` times `count` numbers from `from` on to those from `to` on.
  static void addScaled(float[] numbers, int from, float factor, int to, int count) {
    for (int j = 0; j < count; j += LANES) {
      FloatVector.fromArray(FLOATS, numbers, from + j)
          .fma(
              FloatVector.broadcast(FLOATS, factor), FloatVector.fromArray(FLOATS, numbers, to + j))
          .intoArray(numbers, to + j);
    }
  }

  /// Writes `count` numbers from `at` on, times `factor`, to memory.
  static void store(
      float[] numbers, int at, int count, float factor, MemorySegment memory, long start) {
    int end = FLOATS.loopBound(count);
    for (int j = 0; j < end; j += LANES) {
      Lanes.store(FloatVector.fromArray(FLOATS, numbers, at + j).mul(factor), memory, start, j);
    }
    for (int j = end; j < count; j++) {
      Floats.set(memory, start, j, numbers[at + j] * factor);
    }
  }

  /// Reads `count` numbers, times `factor`.
  static void load(
      MemorySegment memory, long start, int count, float factor, float[] numbers, int at) {
    int end = FLOATS.loopBound(count);
    for (int j = 0; j < end; j += LANES) {
      Lanes.load(memory, start, j).mul(factor).intoArray(numbers, at + j);
    }
    for (int j = end; j < count; j++) {
      numbers[at + j] = Floats.get(memory, start, j) * factor;
    }
  }
}
