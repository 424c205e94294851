package dev.fader.kernel.interleaved;

import static dev.fader.kernel.vector.Lanes.FLOATS;
import static dev.fader.kernel.vector.Lanes.ORDER;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;
import static jdk.incubator.vector.VectorOperators.LSHR;

import dev.fader.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

/// Some groups of the lines of a vector, decoded to the bit as blocks are.
///
/// A level stays where it stands in its word, some power of two too large, and meets a scale that
/// is as much too small. Level times scale is exact in the formats that have minima, so that a
/// fused multiply-add rounds as often as a product and a sum.
final class StripDecoder {
  /// Of a line: whole blocks of every format.
  static final int MOST_ELEMENTS = 256;

  private static final int LINES = InterleavedLayout.LINES;
  private static final VectorSpecies<Integer> INTS =
      VectorSpecies.of(int.class, FLOATS.vectorShape());

  /// The smallest groups have sixteen elements.
  private static final int MOST_GROUPS = MOST_ELEMENTS / 16;

  /// The highest byte of a word.
  private static final int HIGHEST = 0xff00_0000;

  /// Added where there is no minimum: it changes no number, not even the sign of a zero.
  private static final float NOTHING = -0f;

  private static final float NIBBLE = 0x1p-4f;
  private static final float SIX_BITS = 0x1p-6f;

  private final InterleavedScales scales = new InterleavedScales(MOST_GROUPS);
  private final float[] nothing = new float[MOST_GROUPS * LINES];

  private InterleavedLayout layout = InterleavedLayout.Q8_0;
  private MemorySegment from = MemorySegment.NULL;
  private int groups;
  private int scalesAt; // of the first group and line
  private long levels; // the byte of the first word

  StripDecoder() {
    java.util.Arrays.fill(nothing, NOTHING);
  }

  /// Reads `count` groups of the lines of a vector from `line` on, from element `start` on. Not
  /// more than [#MOST_ELEMENTS], and all between two multiples of that.
  void read(Tensor tensor, InterleavedLayout layout, long line, int start, int count) {
    this.layout = layout;
    from = tensor.interleaved();
    groups = count;
    int depth = tensor.shape().size(tensor.shape().rank() - 1);
    int elements = layout.format().elements();
    int blocks = depth / elements;
    int block = start / elements;
    int end = start + count * layout.group();
    int lane = (int) (line % LINES);
    long strip = line / LINES * layout.stripBytes(depth);
    long here = strip + (long) block * layout.scaleBytes();
    scales.read(layout, from, here, Math.ceilDiv(end, elements) - block);
    scalesAt = (start - block * elements) / layout.group() * LINES + lane;
    levels =
        strip
            + (long) blocks * layout.scaleBytes()
            + (long) (start / layout.group()) * layout.levelBytes()
            + 4L * lane;
  }

  /// Writes a vector for each element, `stride` floats apart.
  void decode(float[] to, int at, int stride) {
    switch (layout) {
      case Q4_0, Q4_1, Q4_K -> {
        float[] minima = layout.hasMinima() ? scales.minima : nothing;
        decodeLow(minima, to, at, stride);
        decodeHigh(minima, to, at + 4 * stride, stride);
      }
      case Q6_K -> {
        for (int word = 0; word < 3; word++) {
          decodeSixes(word, to, at + 2 * word * stride, stride);
        }
        decodeLastSixes(to, at + 6 * stride, stride);
      }
      case Q8_0 -> decodeBytes(to, at, stride);
      case Q2_K, Q3_K, Q5_0, Q5_1, Q5_K, IQ4_NL, IQ4_XS, MXFP4 ->
          throw new IllegalStateException(layout + " is packed from blocks");
    }
  }

  /// The four low levels of each word. With all eight in one method the compiler's budget for
  /// inlining ends and vectors go to the heap.
  private void decodeLow(float[] minima, float[] to, int at, int stride) {
    var memory = from;
    long start = levels;
    float[] factors = scales.scales;
    int factorsAt = scalesAt;
    int zero = layout.offset();
    int words = groups * 4;
    for (int word = 0; word < words; word++) {
      int group = factorsAt + (word >> 2) * LINES;
      var s0 = FloatVector.fromArray(FLOATS, factors, group);
      var s1 = s0.mul(NIBBLE);
      var s2 = s1.mul(NIBBLE);
      var s3 = s2.mul(NIBBLE);
      var m = FloatVector.fromArray(FLOATS, minima, group);
      var w = IntVector.fromMemorySegment(INTS, memory, start + word * 64L, ORDER);
      int here = at + word * 8 * stride;
      level(w, 0xf, zero).fma(s0, m).intoArray(to, here);
      level(w, 0xf0, zero << 4).fma(s1, m).intoArray(to, here + stride);
      level(w, 0xf00, zero << 8).fma(s2, m).intoArray(to, here + 2 * stride);
      level(w, 0xf000, zero << 12).fma(s3, m).intoArray(to, here + 3 * stride);
    }
  }

  /// The four high levels of each word.
  private void decodeHigh(float[] minima, float[] to, int at, int stride) {
    var memory = from;
    long start = levels;
    float[] factors = scales.scales;
    int factorsAt = scalesAt;
    int zero = layout.offset();
    int words = groups * 4;
    for (int word = 0; word < words; word++) {
      int group = factorsAt + (word >> 2) * LINES;
      var s0 = FloatVector.fromArray(FLOATS, factors, group);
      var s1 = s0.mul(NIBBLE);
      var s2 = s1.mul(NIBBLE);
      var s3 = s2.mul(NIBBLE);
      var m = FloatVector.fromArray(FLOATS, minima, group);
      var w = IntVector.fromMemorySegment(INTS, memory, start + word * 64L, ORDER);
      w = w.lanewise(LSHR, 16);
      int here = at + word * 8 * stride;
      level(w, 0xf, zero).fma(s0, m).intoArray(to, here);
      level(w, 0xf0, zero << 4).fma(s1, m).intoArray(to, here + stride);
      level(w, 0xf00, zero << 8).fma(s2, m).intoArray(to, here + 2 * stride);
      level(w, 0xf000, zero << 12).fma(s3, m).intoArray(to, here + 3 * stride);
    }
  }

  /// What is in the places of `mask`, less `zero`.
  private static FloatVector level(IntVector word, int mask, int zero) {
    return (FloatVector) word.and(mask).sub(zero).convert(I2F, 0);
  }

  private void decodeBytes(float[] to, int at, int stride) {
    var memory = from;
    long start = levels;
    float[] factors = scales.scales;
    int factorsAt = scalesAt;
    int words = groups * 8;
    for (int word = 0; word < words; word++) {
      var s = FloatVector.fromArray(FLOATS, factors, factorsAt + (word >> 3) * LINES);
      var w = IntVector.fromMemorySegment(INTS, memory, start + word * 64L, ORDER);
      int here = at + word * 4 * stride;
      level(w.lanewise(LSHL, 24)).mul(s).intoArray(to, here);
      level(w.lanewise(LSHL, 16)).mul(s).intoArray(to, here + stride);
      level(w.lanewise(LSHL, 8)).mul(s).intoArray(to, here + 2 * stride);
      level(w).mul(s).intoArray(to, here + 3 * stride);
    }
  }

  /// The highest byte, which has a sign.
  private static FloatVector level(IntVector word) {
    return (FloatVector) word.and(HIGHEST).convert(I2F, 0);
  }

  /// The two levels of six bits that each half of one of the three words of a group holds.
  private void decodeSixes(int wordOfGroup, float[] to, int at, int stride) {
    var memory = from;
    long start = levels + wordOfGroup * 64L;
    float[] factors = scales.scales;
    int factorsAt = scalesAt;
    int zero = layout.offset();
    int count = groups;
    for (int group = 0; group < count; group++) {
      var s0 = FloatVector.fromArray(FLOATS, factors, factorsAt + group * LINES);
      var s1 = s0.mul(SIX_BITS);
      var w = IntVector.fromMemorySegment(INTS, memory, start + group * 192L, ORDER);
      int here = at + group * 16 * stride;
      level(w, 0x3f, zero).mul(s0).intoArray(to, here);
      level(w, 0xfc0, zero << 6).mul(s1).intoArray(to, here + stride);
      w = w.lanewise(LSHR, 16);
      level(w, 0x3f, zero).mul(s0).intoArray(to, here + 8 * stride);
      level(w, 0xfc0, zero << 6).mul(s1).intoArray(to, here + 9 * stride);
    }
  }

  /// The two levels of each half of which each word of a group holds some bits.
  private void decodeLastSixes(float[] to, int at, int stride) {
    var memory = from;
    long start = levels;
    float[] factors = scales.scales;
    int factorsAt = scalesAt;
    int zero = layout.offset() << 12;
    int halves = groups * 2;
    for (int half = 0; half < halves; half++) {
      var s =
          FloatVector.fromArray(FLOATS, factors, factorsAt + half / 2 * LINES)
              .mul(SIX_BITS * SIX_BITS);
      long here = start + half / 2 * 192L;
      int shift = half % 2 * 16;
      var u = IntVector.fromMemorySegment(INTS, memory, here, ORDER).lanewise(LSHR, shift);
      var v = IntVector.fromMemorySegment(INTS, memory, here + 64, ORDER).lanewise(LSHR, shift);
      var w = IntVector.fromMemorySegment(INTS, memory, here + 128, ORDER).lanewise(LSHR, shift);
      var seventh = u.and(0xf000).or(v.lanewise(LSHL, 4).and(0x3_0000));
      var eighth = w.and(0xf000).or(v.lanewise(LSHL, 2).and(0x3_0000));
      int line = at + half * 8 * stride;
      ((FloatVector) seventh.sub(zero).convert(I2F, 0)).mul(s).intoArray(to, line);
      ((FloatVector) eighth.sub(zero).convert(I2F, 0)).mul(s).intoArray(to, line + stride);
    }
  }
}
