package dev.fader.data;

/// A pseudorandom permutation of 0..size-1, computed rather than stored: a Feistel network over the
/// next power of four, walked until it comes back into range (Black and Rogaway, "Ciphers with
/// Arbitrary Finite Domains", 2002). On average that takes less than four steps.
///
/// @param size number of elements
/// @param key selects the permutation
public record Permutation(long size, long key) {
  /// Four are enough for a pseudorandom permutation (Luby and Rackoff 1988); two more cost nothing.
  private static final int ROUNDS = 6;

  /// The order of `size` elements in an epoch, which the seed and the epoch fix.
  public static Permutation ofEpoch(long size, long seed, long epoch) {
    return new Permutation(size, ContentHash.mix(ContentHash.mix(seed) + epoch));
  }

  /// The element at `index`.
  public long at(long index) {
    int half = Math.max(1, (65 - Long.numberOfLeadingZeros(size - 1)) / 2);
    long walked = index;
    do {
      walked = encipher(walked, half);
    } while (walked >= size);
    return walked;
  }

  private long encipher(long value, int half) {
    long mask = (1L << half) - 1;
    long left = value >>> half;
    long right = value & mask;
    for (int round = 0; round < ROUNDS; round++) {
      long mixed = left ^ (ContentHash.mix((key + round * 0x9e3779b97f4a7c15L) ^ right) & mask);
      left = right;
      right = mixed;
    }
    return left << half | right;
  }
}
