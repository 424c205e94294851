package dev.fader.kernel.interleaved;

import static dev.fader.kernel.vector.Lanes.FLOATS;
import static jdk.incubator.vector.VectorOperators.ABS;
import static jdk.incubator.vector.VectorOperators.MAX;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;

/// The rows of a left operand as whole numbers from -127 to 127: each 32 neighbours share a scale,
/// the largest of them over 127. So ggml takes activations for its products with blocks of 32.
final class EightBitRows {
  /// Numbers that share a scale.
  static final int GROUP = 32;

  /// Rows that the loops of [IntegerNibbles] and [IntegerSixBits] take at a time, as far as there
  /// are so many: their factors for the same elements lie side by side.
  static final int TOGETHER = 4;

  private static final int MOST = 127;

  /// Added to a number of less than 2^22 it leaves the nearest whole number in the lowest bits, the
  /// even one of two.
  private static final float ROUND = 0x1.8p23f;

  private static final int ROUND_BITS = Float.floatToRawIntBits(ROUND);

  /// Groups of numbers below this are taken as zeros: their scale would be subnormal.
  private static final float LEAST = Float.MIN_NORMAL * MOST;

  private int[] numbers = {};
  private float[] scales = {};

  /// Makes room for `count` numbers, whole groups.
  void reserve(int count) {
    if (numbers.length < count) {
      numbers = new int[count];
      scales = new float[count / GROUP];
    }
  }

  /// Takes `count` numbers of `x` from `first` on, whole groups.
  void take(float[] x, int first, int count) {
    for (int i = first; i < first + count; i += GROUP) {
      float most = most(x, i);
      if (most >= LEAST && most <= Float.MAX_VALUE) {
        scales[i / GROUP] = most / MOST;
        round(x, i, MOST / most);
      } else { // infinite, or no number: what it is multiplied with becomes none
        scales[i / GROUP] = most < LEAST ? 0 : Float.NaN;
        Arrays.fill(numbers, i, i + GROUP, 0);
      }
    }
  }

  private static float most(float[] x, int at) {
    var most = FloatVector.zero(FLOATS);
    for (int i = at; i < at + GROUP; i += FLOATS.length()) {
      most = most.max(FloatVector.fromArray(FLOATS, x, i).lanewise(ABS));
    }
    return most.reduceLanes(MAX);
  }

  private void round(float[] x, int at, float factor) {
    for (int i = at; i < at + GROUP; i += FLOATS.length()) {
      FloatVector.fromArray(FLOATS, x, i)
          .mul(factor)
          .add(ROUND)
          .reinterpretAsInts()
          .sub(ROUND_BITS)
          .intoArray(numbers, i);
    }
  }

  /// The rows.
  int[] numbers() {
    return numbers;
  }

  /// By group: a number times its scale is what was taken, rounded.
  float[] scales() {
    return scales;
  }
}
