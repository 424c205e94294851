package dev.fader.quantization;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/// The parts of a block: bytes, words and scales, little-endian at any address.
final class Packed {
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private static final float LEAST_FLOAT16 = 0x1p-24f;
  private static final float LEAST_NORMAL_FLOAT16 = 0x1p-14f;

  private Packed() {}

  static int unsignedByte(MemorySegment from, long at) {
    return from.get(ValueLayout.JAVA_BYTE, at) & 0xff;
  }

  static int signedByte(MemorySegment from, long at) {
    return from.get(ValueLayout.JAVA_BYTE, at);
  }

  static int unsignedShort(MemorySegment from, long at) {
    return from.get(SHORT, at) & 0xffff;
  }

  static int word(MemorySegment from, long at) {
    return from.get(INT, at);
  }

  /// A float16.
  static float float16(MemorySegment from, long at) {
    return Float.float16ToFloat(from.get(SHORT, at));
  }

  static void putByte(MemorySegment to, long at, int value) {
    to.set(ValueLayout.JAVA_BYTE, at, (byte) value);
  }

  /// Sets the bits of `bits` in a byte where they were zeros.
  static void addBits(MemorySegment to, long at, int bits) {
    putByte(to, at, unsignedByte(to, at) | bits);
  }

  static void putShort(MemorySegment to, long at, int value) {
    to.set(SHORT, at, (short) value);
  }

  static void putWord(MemorySegment to, long at, int value) {
    to.set(INT, at, value);
  }

  /// Stores `value` as float16.
  ///
  /// @return what is stored
  /// @throws IllegalArgumentException if it is beyond the range
  static float putFloat16(MemorySegment to, long at, float value) {
    short bits = Float.floatToFloat16(value);
    float stored = Float.float16ToFloat(bits);
    if (Float.isInfinite(stored)) {
      throw new IllegalArgumentException(
          "numbers are too large: their scale %s is beyond float16".formatted(value));
    }
    to.set(SHORT, at, bits);
    return stored;
  }

  /// Stores the scale of scales as float16, rounded away from zero where float16 is coarse: what is
  /// counted in it must stay within its range.
  ///
  /// @return what is stored
  /// @throws IllegalArgumentException if it is beyond the range
  static float putScale(MemorySegment to, long at, float scale) {
    float stored = putFloat16(to, at, scale);
    boolean coarse = Math.abs(scale) < LEAST_NORMAL_FLOAT16;
    if (coarse && Math.abs(stored) < Math.abs(scale)) {
      stored += Math.copySign(LEAST_FLOAT16, scale);
      to.set(SHORT, at, Float.floatToFloat16(stored));
    }
    return stored;
  }

  /// 1 / scale; 0 where there is none, because the numbers are zeros or next to it.
  static float inverse(float scale) {
    float inverse = 1 / scale;
    return Float.isFinite(inverse) ? inverse : 0;
  }
}
