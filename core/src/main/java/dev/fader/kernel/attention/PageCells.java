package dev.fader.kernel.attention;

import dev.fader.kernel.matrix.Floats;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Single numbers of a layer's part of pages, as [PageLayout] lays them out: the reference.
///
/// @param offset the byte of a page at which the layer's part begins
record PageCells(PageLayout layout, long offset) {
  static final float LARGEST_HALF = 65504;

  float key(MemorySegment page, int head, int token, int column) {
    long start = offset + layout.keys(head);
    return get(page, start + layout.key(token, column), start + layout.keyScale(token, column));
  }

  float value(MemorySegment page, int head, int token, int column) {
    if (layout.valuesInKeys()) {
      return key(page, head, token, layout.valueColumn() + column);
    }
    long start = offset + layout.values(head);
    return get(page, start + layout.value(token, column), start + layout.valueScale(token, column));
  }

  private float get(MemorySegment page, long at, long scaleAt) {
    return switch (layout.type()) {
      case FLOAT32 -> page.get(Floats.LAYOUT, at);
      case BFLOAT16 -> Float.intBitsToFloat(page.get(Floats.SHORT, at) << 16);
      case FLOAT16 -> Float.float16ToFloat(page.get(Floats.SHORT, at));
      default ->
          Float.float16ToFloat(page.get(Floats.SHORT, scaleAt))
              * page.get(ValueLayout.JAVA_BYTE, at);
    };
  }

  /// Stores `row`, keySize numbers from `from` on, as the key of `token`.
  void setKey(MemorySegment page, int head, int token, float[] row, int from) {
    long start = offset + layout.keys(head);
    for (int column = 0; column < layout.keySize(); column++) {
      if (layout.type().isQuantized() && column % PageLayout.BLOCK == 0) {
        setScale(page, start + layout.keyScale(token, column), row, from + column);
      }
      int block = from + column / PageLayout.BLOCK * PageLayout.BLOCK;
      set(page, start + layout.key(token, column), row[from + column], row, block);
    }
  }

  /// Stores `row`, valueSize numbers from `from` on, as the value of `token`.
  void setValue(MemorySegment page, int head, int token, float[] row, int from) {
    long start = offset + layout.values(head);
    for (int column = 0; column < layout.valueSize(); column++) {
      if (layout.type().isQuantized() && column % PageLayout.BLOCK == 0) {
        setScale(page, start + layout.valueScale(token, column), row, from + column);
      }
      int block = from + column / PageLayout.BLOCK * PageLayout.BLOCK;
      set(page, start + layout.value(token, column), row[from + column], row, block);
    }
  }

  private void set(MemorySegment page, long at, float x, float[] row, int block) {
    switch (layout.type()) {
      case FLOAT32 -> page.set(Floats.LAYOUT, at, x);
      case BFLOAT16 -> page.set(Floats.SHORT, at, Floats.bfloat16(x));
      case FLOAT16 -> page.set(Floats.SHORT, at, float16(x));
      default -> page.set(ValueLayout.JAVA_BYTE, at, level(x, inverse(scale(row, block))));
    }
  }

  private static void setScale(MemorySegment page, long at, float[] row, int block) {
    page.set(Floats.SHORT, at, float16(scale(row, block)));
  }

  /// Rounded to nearest even; infinity becomes the largest number, since a score may not be lost
  /// for an outlier, and NaN stays NaN.
  static short float16(float x) {
    return Float.floatToFloat16(Math.clamp(x, -LARGEST_HALF, LARGEST_HALF));
  }

  /// The scale of a Q8_0 block: the largest of its numbers becomes 127.
  static float scale(float[] row, int block) {
    float largest = 0;
    for (int i = block; i < block + PageLayout.BLOCK; i++) {
      largest = Math.max(largest, Math.abs(row[i]));
    }
    return largest / Byte.MAX_VALUE;
  }

  static float inverse(float scale) {
    float inverse = 1 / scale;
    return Float.isFinite(inverse) ? inverse : 0;
  }

  /// The level of `x`, halves away from zero as in [dev.fader.quantization.BlockFormat#Q8_0].
  static byte level(float x, float inverse) {
    int level = Math.min(Byte.MAX_VALUE, Math.round(Math.abs(x * inverse)));
    return (byte) (x < 0 ? -level : level);
  }
}
