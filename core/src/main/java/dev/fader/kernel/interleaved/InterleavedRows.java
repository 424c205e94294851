package dev.fader.kernel.interleaved;

/// The rows of a left operand as the loops over strips want them.
///
/// A loop does not shift a level out of its word but masks it where it stands, which makes it some
/// power of two too large: the input that it meets is made smaller by the same power. Levels count
/// from zero: the sums of the inputs of a group, times what the levels are too large by, correct
/// that.
final class InterleavedRows {
  /// What the input of each of sixteen levels is multiplied with: one over the power of two that
  /// the level is too large by where it stands, when the upper half of a word was shifted down.
  private static final float[] PAIRS = {
    1, 0x1p-2f, 0x1p-4f, 0x1p-6f, 0x1p-8f, 0x1p-10f, 0x1p-12f, 0x1p-14f,
    1, 0x1p-2f, 0x1p-4f, 0x1p-6f, 0x1p-8f, 0x1p-10f, 0x1p-12f, 0x1p-14f
  };

  private static final float[] THREES = {
    1, 0x1p-3f, 0x1p-6f, 0x1p-9f, 0x1p-12f,
    1, 0x1p-3f, 0x1p-6f, 0x1p-9f, 0x1p-12f,
    1, 0x1p-3f, 0x1p-6f, 0x1p-9f, 0x1p-12f,
    1
  };

  private static final float[] NIBBLES = {
    1, 0x1p-4f, 0x1p-8f, 0x1p-12f,
    1, 0x1p-4f, 0x1p-8f, 0x1p-12f,
    1, 0x1p-4f, 0x1p-8f, 0x1p-12f,
    1, 0x1p-4f, 0x1p-8f, 0x1p-12f
  };

  private static final float[] FIVES = {
    1, 0x1p-5f, 0x1p-10f, 0x1p-15f, 1, 0x1p-5f,
    1, 0x1p-5f, 0x1p-10f, 0x1p-15f, 1, 0x1p-5f,
    1, 0x1p-5f, 0x1p-10f, 1
  };

  private static final float[] SIXES = {
    1, 0x1p-6f, 1, 0x1p-6f, 1, 0x1p-6f, 0x1p-12f, 0x1p-12f,
    1, 0x1p-6f, 1, 0x1p-6f, 1, 0x1p-6f, 0x1p-12f, 0x1p-12f
  };

  private final float[] factors;
  private final int group;
  private float[] scaled = {};
  private float[] sums = {};
  private boolean current;

  private InterleavedRows(float[] factors, int group) {
    this.factors = factors;
    this.group = group;
  }

  static InterleavedRows forPairs() {
    return new InterleavedRows(PAIRS, 16);
  }

  static InterleavedRows forThreeBits() {
    return new InterleavedRows(THREES, 16);
  }

  static InterleavedRows forNibbles() {
    return new InterleavedRows(NIBBLES, 32);
  }

  static InterleavedRows forFiveBits() {
    return new InterleavedRows(FIVES, 32);
  }

  static InterleavedRows forSixBits() {
    return new InterleavedRows(SIXES, 16);
  }

  /// Forgets the rows.
  void clear() {
    current = false;
  }

  /// Takes `count` numbers of `x`, whole rows of whole groups, if that was not done before.
  void set(float[] x, int count) {
    if (current) {
      return;
    }
    current = true;
    if (scaled.length < count) {
      scaled = new float[count];
      sums = new float[count / group + 1];
    }
    for (int i = 0; i < count; i += 16) {
      for (int j = 0; j < 16; j++) {
        scaled[i + j] = x[i + j] * factors[j];
      }
    }
    for (int i = 0; i < count; i += group) {
      sums[i / group] = sum(x, i, group);
    }
  }

  private static float sum(float[] x, int at, int count) {
    float a = 0;
    float b = 0;
    float c = 0;
    float d = 0;
    for (int i = at; i < at + count; i += 4) {
      a += x[i];
      b += x[i + 1];
      c += x[i + 2];
      d += x[i + 3];
    }
    return a + b + (c + d);
  }

  /// The rows, each number times the power of two of its place.
  float[] scaled() {
    return scaled;
  }

  /// The sums of the groups of the rows, and one number more.
  float[] sums() {
    return sums;
  }
}
