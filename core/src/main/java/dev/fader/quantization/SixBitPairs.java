package dev.fader.quantization;

import java.lang.foreign.MemorySegment;

/// The twelve bytes of [Q4K] and [Q5K] that hold eight scales and eight minima of six bits: the
/// first four scales in the low six bits of bytes 0 to 3, the first four minima in those of bytes 4
/// to 7; of the other four the low halves share bytes 8 to 11 and the high two bits fill bytes 0 to
/// 7.
final class SixBitPairs {
  static final int BYTES = 12;

  private SixBitPairs() {}

  static int scale(MemorySegment from, long at, int index) {
    return index < 4
        ? Packed.unsignedByte(from, at + index) & 63
        : (Packed.unsignedByte(from, at + 4 + index) & 15)
            | (Packed.unsignedByte(from, at + index - 4) >> 6) << 4;
  }

  static int minimum(MemorySegment from, long at, int index) {
    return index < 4
        ? Packed.unsignedByte(from, at + 4 + index) & 63
        : (Packed.unsignedByte(from, at + 4 + index) >> 4)
            | (Packed.unsignedByte(from, at + index) >> 6) << 4;
  }

  /// Writes the scales and minima of `fit`, counted in `scale` and `minimum`.
  static void put(MemorySegment to, long at, AffineFit fit, float scale, float minimum) {
    for (int i = 0; i < 4; i++) {
      int minimum0 = AffineFit.level(fit.minimum(i), minimum, 0, 63);
      int scale0 = fit.scaleLevel(i, scale, minimum * minimum0, 63);
      int minimum4 = AffineFit.level(fit.minimum(i + 4), minimum, 0, 63);
      int scale4 = fit.scaleLevel(i + 4, scale, minimum * minimum4, 63);
      Packed.putByte(to, at + i, scale0 | scale4 >> 4 << 6);
      Packed.putByte(to, at + 4 + i, minimum0 | minimum4 >> 4 << 6);
      Packed.putByte(to, at + 8 + i, (scale4 & 15) | (minimum4 & 15) << 4);
    }
  }
}
