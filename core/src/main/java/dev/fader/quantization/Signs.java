package dev.fader.quantization;

/// The signs of vectors of a lattice: a bit each, lowest first, set where the number is negative.
final class Signs {
  private Signs() {}

  /// Eight signs of which seven are stored: the number of negative ones is even.
  static int ofSeven(int stored) {
    return stored | (Integer.bitCount(stored) & 1) << 7;
  }

  /// Writes vector `vector` of `lattice`, eight numbers long, times `scale` under eight signs.
  static void writeEight(
      byte[] lattice, int vector, float scale, int signs, float[] to, int start) {
    for (int i = 0; i < 8; i++) {
      float magnitude = scale * lattice[vector * 8 + i];
      to[start + i] = (signs >> i & 1) == 0 ? magnitude : -magnitude;
    }
  }

  /// Writes vector `vector` of `lattice`, four numbers long, times `scale` under the low four
  /// signs.
  static void writeFour(byte[] lattice, int vector, float scale, int signs, float[] to, int start) {
    for (int i = 0; i < 4; i++) {
      float magnitude = scale * lattice[vector * 4 + i];
      to[start + i] = (signs >> i & 1) == 0 ? magnitude : -magnitude;
    }
  }
}
