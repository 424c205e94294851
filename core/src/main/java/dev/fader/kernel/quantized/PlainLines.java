package dev.fader.kernel.quantized;

import static dev.fader.kernel.vector.Lanes.FLOATS;

import dev.fader.kernel.matrix.Floats;
import dev.fader.kernel.vector.HalfPrecision;
import dev.fader.tensor.DType;
import java.lang.foreign.MemorySegment;

/// Runs of elements that are not stored in blocks, as float32.
final class PlainLines {
  private PlainLines() {}

  static void read(MemorySegment from, DType type, long first, int count, float[] to, int at) {
    switch (type) {
      case FLOAT32 -> MemorySegment.copy(from, Floats.LAYOUT, first * 4, to, at, count);
      case BFLOAT16 -> bfloat16(from, first * 2, count, to, at);
      case FLOAT16 -> float16(from, first * 2, count, to, at);
      default -> throw new IllegalStateException("no product of " + type);
    }
  }

  private static void bfloat16(MemorySegment from, long start, int count, float[] to, int at) {
    int i = 0;
    for (; i <= count - FLOATS.length(); i += FLOATS.length()) {
      HalfPrecision.bfloat16(from, start + i * 2L).intoArray(to, at + i);
    }
    for (; i < count; i++) {
      to[at + i] = Float.intBitsToFloat(from.get(Floats.SHORT, start + i * 2L) << 16);
    }
  }

  private static void float16(MemorySegment from, long start, int count, float[] to, int at) {
    int i = 0;
    for (; i <= count - FLOATS.length(); i += FLOATS.length()) {
      HalfPrecision.float16(from, start + i * 2L).intoArray(to, at + i);
    }
    for (; i < count; i++) {
      to[at + i] = Float.float16ToFloat(from.get(Floats.SHORT, start + i * 2L));
    }
  }
}
