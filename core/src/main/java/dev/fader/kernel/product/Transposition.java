package dev.fader.kernel.product;

import static dev.fader.kernel.vector.Lanes.FLOATS;
import static dev.fader.kernel.vector.Lanes.ORDER;

import dev.fader.kernel.vector.HalfPrecision;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/// Lines that lie one after the other, set side by side in a panel: the elements of all for one
/// step of the depth, then those for the next.
///
/// With vectors of sixteen lanes and in two passes. First four lines at a time, sixteen steps in a
/// turn: vectors of four steps of four lines. Then three or four of these fours at a time, four
/// steps in a turn. The last turn of each goes over steps again where they are no multiple.
///
/// All is done with the bits, as whole numbers: places given as floats are converted each time.
final class Transposition {
  /// What vectors must have.
  static final int LANES = 16;

  /// Steps of the depth at most.
  static final int MOST_STEPS = 256;

  /// From some four lines to the next, between the passes.
  static final int APART = 4 * MOST_STEPS;

  // Which elements of two vectors, alternately so many of each.
  private static final IntVector NEAR = alternately(1, 0);
  private static final IntVector FAR = alternately(1, 8);
  private static final IntVector NEAR_PAIRS = alternately(2, 0);
  private static final IntVector FAR_PAIRS = alternately(2, 8);
  private static final IntVector NEAR_FOURS = alternately(4, 0);
  private static final IntVector FAR_FOURS = alternately(4, 8);
  private static final IntVector NEAR_HALVES = alternately(8, 0);
  private static final IntVector FAR_HALVES = alternately(8, 8);

  // Which quarters of two vectors; the third four of twelve lines comes into the places of zeros.
  private static final IntVector FIRST = quarters(0, 4, 0, 1);
  private static final IntVector FIRST_THIRD = quarters(0, 1, 4, 3);
  private static final IntVector SECOND = quarters(5, 0, 2, 6);
  private static final IntVector SECOND_THIRD = quarters(0, 5, 2, 3);
  private static final IntVector LAST = quarters(0, 3, 7, 0);
  private static final IntVector LAST_THIRD = quarters(6, 1, 2, 7);

  private Transposition() {}

  /// Whether so many lines of so many steps can be set into a panel of `width` here.
  static boolean fits(int lines, int steps, int width) {
    boolean whole = (lines == 12 && width == 12) || lines % LANES == 0;
    return whole && steps >= LANES && FLOATS.length() == LANES;
  }

  private static IntVector alternately(int many, int first) {
    int[] places = new int[LANES];
    for (int i = 0; i < LANES; i++) {
      int turn = i / many;
      places[i] = turn % 2 * LANES + first + turn / 2 * many + i % many;
    }
    return IntVector.fromArray(IntVector.SPECIES_512, places, 0);
  }

  private static IntVector quarters(int... quarters) {
    int[] places = new int[LANES];
    for (int i = 0; i < LANES; i++) {
      places[i] = quarters[i / 4] * 4 + i % 4;
    }
    return IntVector.fromArray(IntVector.SPECIES_512, places, 0);
  }

  /// The first pass, of four lines of float32, the first of which begins at a byte.
  static void join(MemorySegment from, long start, long stride, int steps, float[] to, int at) {
    long second = start + stride;
    long third = second + stride;
    long fourth = third + stride;
    int d = 0;
    for (; d <= steps - LANES; d += LANES) {
      join(
          FloatVector.fromMemorySegment(FLOATS, from, start + d * 4L, ORDER),
          FloatVector.fromMemorySegment(FLOATS, from, second + d * 4L, ORDER),
          FloatVector.fromMemorySegment(FLOATS, from, third + d * 4L, ORDER),
          FloatVector.fromMemorySegment(FLOATS, from, fourth + d * 4L, ORDER),
          to,
          at + 4 * d);
    }
    if (d < steps) {
      join(from, start + (steps - LANES) * 4L, stride, LANES, to, at + 4 * (steps - LANES));
    }
  }

  /// The same of bfloat16.
  static void joinBfloat16(
      MemorySegment from, long start, long stride, int steps, float[] to, int at) {
    long second = start + stride;
    long third = second + stride;
    long fourth = third + stride;
    int d = 0;
    for (; d <= steps - LANES; d += LANES) {
      join(
          HalfPrecision.bfloat16(from, start + d * 2L),
          HalfPrecision.bfloat16(from, second + d * 2L),
          HalfPrecision.bfloat16(from, third + d * 2L),
          HalfPrecision.bfloat16(from, fourth + d * 2L),
          to,
          at + 4 * d);
    }
    if (d < steps) {
      joinBfloat16(from, start + (steps - LANES) * 2L, stride, LANES, to, at + 4 * (steps - LANES));
    }
  }

  /// The same of float16.
  static void joinFloat16(
      MemorySegment from, long start, long stride, int steps, float[] to, int at) {
    long second = start + stride;
    long third = second + stride;
    long fourth = third + stride;
    int d = 0;
    for (; d <= steps - LANES; d += LANES) {
      join(
          HalfPrecision.float16(from, start + d * 2L),
          HalfPrecision.float16(from, second + d * 2L),
          HalfPrecision.float16(from, third + d * 2L),
          HalfPrecision.float16(from, fourth + d * 2L),
          to,
          at + 4 * d);
    }
    if (d < steps) {
      joinFloat16(from, start + (steps - LANES) * 2L, stride, LANES, to, at + 4 * (steps - LANES));
    }
  }

  /// The same of an array.
  static void join(float[] from, int start, int stride, int steps, float[] to, int at) {
    int d = 0;
    for (; d <= steps - LANES; d += LANES) {
      join(
          FloatVector.fromArray(FLOATS, from, start + d),
          FloatVector.fromArray(FLOATS, from, start + stride + d),
          FloatVector.fromArray(FLOATS, from, start + 2 * stride + d),
          FloatVector.fromArray(FLOATS, from, start + 3 * stride + d),
          to,
          at + 4 * d);
    }
    if (d < steps) {
      join(from, start + steps - LANES, stride, LANES, to, at + 4 * (steps - LANES));
    }
  }

  private static void join(
      FloatVector first,
      FloatVector second,
      FloatVector third,
      FloatVector fourth,
      float[] to,
      int at) {
    var one = first.reinterpretAsInts();
    var two = second.reinterpretAsInts();
    var three = third.reinterpretAsInts();
    var four = fourth.reinterpretAsInts();
    var near = NEAR.selectFrom(one, two);
    var nearOthers = NEAR.selectFrom(three, four);
    store(NEAR_PAIRS.selectFrom(near, nearOthers), to, at);
    store(FAR_PAIRS.selectFrom(near, nearOthers), to, at + LANES);
    var far = FAR.selectFrom(one, two);
    var farOthers = FAR.selectFrom(three, four);
    store(NEAR_PAIRS.selectFrom(far, farOthers), to, at + 2 * LANES);
    store(FAR_PAIRS.selectFrom(far, farOthers), to, at + 3 * LANES);
  }

  private static IntVector load(float[] from, int at) {
    return FloatVector.fromArray(FLOATS, from, at).reinterpretAsInts();
  }

  private static void store(IntVector bits, float[] to, int at) {
    bits.reinterpretAsFloats().intoArray(to, at);
  }

  /// The second pass, of twelve lines: a panel of as many.
  static void twelve(float[] fours, int from, int steps, float[] panel, int at) {
    int d = 0;
    for (; d <= steps - 4; d += 4) {
      twelve(fours, from + 4 * d, panel, at + 12 * d);
    }
    if (d < steps) {
      twelve(fours, from + 4 * (steps - 4), panel, at + 12 * (steps - 4));
    }
  }

  private static void twelve(float[] fours, int from, float[] panel, int to) {
    var first = load(fours, from);
    var second = load(fours, from + APART);
    var third = load(fours, from + 2 * APART);
    store(FIRST_THIRD.selectFrom(FIRST.selectFrom(first, second), third), panel, to);
    store(SECOND_THIRD.selectFrom(SECOND.selectFrom(first, second), third), panel, to + LANES);
    store(LAST_THIRD.selectFrom(LAST.selectFrom(first, second), third), panel, to + 2 * LANES);
  }

  /// The second pass, of sixteen lines of a panel of `width`.
  static void sixteen(float[] fours, int from, int steps, float[] panel, int at, int width) {
    int d = 0;
    for (; d <= steps - 4; d += 4) {
      sixteen(fours, from + 4 * d, panel, at + d * width, width);
    }
    if (d < steps) {
      sixteen(fours, from + 4 * (steps - 4), panel, at + (steps - 4) * width, width);
    }
  }

  private static void sixteen(float[] fours, int from, float[] panel, int to, int width) {
    var first = load(fours, from);
    var second = load(fours, from + APART);
    var third = load(fours, from + 2 * APART);
    var fourth = load(fours, from + 3 * APART);
    var near = NEAR_FOURS.selectFrom(first, second);
    var nearOthers = NEAR_FOURS.selectFrom(third, fourth);
    store(NEAR_HALVES.selectFrom(near, nearOthers), panel, to);
    store(FAR_HALVES.selectFrom(near, nearOthers), panel, to + width);
    var far = FAR_FOURS.selectFrom(first, second);
    var farOthers = FAR_FOURS.selectFrom(third, fourth);
    store(NEAR_HALVES.selectFrom(far, farOthers), panel, to + 2 * width);
    store(FAR_HALVES.selectFrom(far, farOthers), panel, to + 3 * width);
  }
}
