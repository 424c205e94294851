package dev.fader.kernel.attention;

import dev.fader.kernel.matrix.Floats;
import dev.fader.kernel.product.Packing;
import dev.fader.kernel.vector.HalfPrecision;
import dev.fader.kernel.vector.Lanes;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/// Reads the keys and values of one head of a page as float32, in the order in which they lie: keys
/// (keySize, tokens), values (tokens, valueSize). What no token has written yet may be anything.
final class PageDecoder {
  private static final VectorSpecies<Float> FLOATS = Lanes.FLOATS;
  private static final int LANES = FLOATS.length();
  private static final VectorSpecies<Integer> INTS =
      VectorSpecies.of(int.class, FLOATS.vectorShape());

  /// As many bytes as a vector has floats; 128-bit vectors read twice as many as they use.
  private static final VectorSpecies<Byte> BYTES =
      VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(64, LANES * Byte.SIZE)));

  private static final int TOKENS = PageLayout.TOKENS;

  private PageDecoder() {}

  /// Sets `to` to the keys of `head`, and a column behind them to zero.
  static void keys(PagedLayer layer, MemorySegment page, int head, float[] to) {
    var layout = layer.layout();
    long start = layer.offset() + layout.keys(head);
    int count = layout.keySize() * TOKENS;
    switch (layout.type()) {
      case FLOAT32 -> float32(page, start, count, to);
      case BFLOAT16 -> bfloat16(page, start, count, to);
      case FLOAT16 -> float16(page, start, count, to, 0);
      default -> quantizedKeys(layout, page, start, to);
    }
    Arrays.fill(to, count, count + TOKENS, 0);
  }

  /// Sets `to` to the values of `head`; where they are part of the keys, those go through `keys`.
  static void values(PagedLayer layer, MemorySegment page, int head, float[] keys, float[] to) {
    var layout = layer.layout();
    if (layout.valuesInKeys()) {
      keys(layer, page, head, keys);
      Packing.transpose(
          keys, layout.valueColumn() * TOKENS, TOKENS, layout.valueSize(), TOKENS, to);
      return;
    }
    long start = layer.offset() + layout.values(head);
    int count = layout.valueSize() * TOKENS;
    switch (layout.type()) {
      case FLOAT32 -> float32(page, start, count, to);
      case BFLOAT16 -> bfloat16(page, start, count, to);
      case FLOAT16 -> float16(page, start, count, to, 0);
      default -> quantizedValues(layout, page, start, to);
    }
  }

  private static void float32(MemorySegment page, long start, int count, float[] to) {
    for (int i = 0; i < count; i += LANES) {
      Lanes.load(page, start, i).intoArray(to, i);
    }
  }

  private static void bfloat16(MemorySegment page, long start, int count, float[] to) {
    for (int i = 0; i < count; i += LANES) {
      HalfPrecision.bfloat16(page, start + i * 2L).intoArray(to, i);
    }
  }

  /// The compiler makes one instruction of a whole vector of this, which the Vector API has none
  /// for.
  private static void float16(MemorySegment page, long start, int count, float[] to, int at) {
    for (int i = 0; i < count; i++) {
      to[at + i] = Float.float16ToFloat(page.get(Floats.SHORT, start + i * 2L));
    }
  }

  /// For each block of columns the scales of the tokens stay in an array of the first-level cache.
  private static void quantizedKeys(PageLayout layout, MemorySegment page, long start, float[] to) {
    int scales = layout.keySize() * TOKENS; // behind the keys, where the zeros will be
    for (int column = 0; column < layout.keySize(); column += PageLayout.BLOCK) {
      float16(page, start + layout.keyScale(0, column), TOKENS, to, scales);
      for (int token = 0; token < TOKENS; token += LANES) {
        var scale = FloatVector.fromArray(FLOATS, to, scales + token);
        int at = column * TOKENS + token;
        for (int i = at; i < at + PageLayout.BLOCK * TOKENS; i += TOKENS) {
          levels(page, start + i).mul(scale).intoArray(to, i);
        }
      }
    }
  }

  /// The scales wait at the end of `to`, where each is read before the numbers reach it.
  private static void quantizedValues(
      PageLayout layout, MemorySegment page, long start, float[] to) {
    int count = layout.valueSize() * TOKENS;
    int scales = count - count / PageLayout.BLOCK;
    float16(page, start + layout.valueScale(0, 0), count / PageLayout.BLOCK, to, scales);
    for (int i = 0; i < count; i += LANES) {
      levels(page, start + i).mul(to[scales + i / PageLayout.BLOCK]).intoArray(to, i);
    }
  }

  private static FloatVector levels(MemorySegment page, long at) {
    var levels =
        (IntVector)
            ByteVector.fromMemorySegment(BYTES, page, at, Lanes.ORDER)
                .convertShape(VectorOperators.B2I, INTS, 0);
    return (FloatVector) levels.convert(VectorOperators.I2F, 0);
  }
}
