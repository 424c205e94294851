package dev.fader.grammar;

/// A set of byte values.
record ByteSet(long bits0, long bits1, long bits2, long bits3) {
  static ByteSet range(int first, int last) {
    var bits = new long[4];
    for (int value = first; value <= last; value++) {
      bits[value >> 6] |= 1L << value;
    }
    return new ByteSet(bits[0], bits[1], bits[2], bits[3]);
  }

  ByteSet and(ByteSet other) {
    return new ByteSet(
        bits0 | other.bits0, bits1 | other.bits1, bits2 | other.bits2, bits3 | other.bits3);
  }

  boolean has(int value) {
    long bits =
        switch (value >> 6) {
          case 0 -> bits0;
          case 1 -> bits1;
          case 2 -> bits2;
          default -> bits3;
        };
    return ((bits >>> value) & 1) != 0;
  }
}
