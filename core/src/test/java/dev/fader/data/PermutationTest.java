package dev.fader.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.BitSet;
import org.junit.jupiter.api.Test;

class PermutationTest {
  @Test
  void permutationIsBijective() {
    for (int size :
        new int[] {1, 2, 3, 4, 5, 7, 13, 16, 17, 31, 33, 100, 1023, 1024, 1025, 70_000}) {
      for (long key = 0; key < 5; key++) {
        var permutation = new Permutation(size, key);
        var seen = new BitSet();
        for (long i = 0; i < size; i++) {
          seen.set((int) permutation.at(i));
        }
        assertEquals(size, seen.cardinality(), "size %d, key %d".formatted(size, key));
        assertEquals(size, seen.length());
      }
    }
  }

  @Test
  void hugeSizesStayInRange() {
    for (long size : new long[] {(1L << 40) + 1, Long.MAX_VALUE / 3}) {
      var permutation = new Permutation(size, 5);
      for (long i = 0; i < 100; i++) {
        long at = permutation.at(size - 1 - i);
        assertTrue(at >= 0 && at < size, "%d of %d".formatted(at, size));
      }
    }
  }

  @Test
  void firstPositionIsUniform() {
    var counts = new int[10];
    for (long key = 0; key < 10_000; key++) {
      counts[(int) new Permutation(10, ContentHash.mix(key)).at(0)]++;
    }
    for (int count : counts) {
      // Binomial with mean 1000 and deviation 30: seven deviations.
      assertEquals(1000, count, 210);
    }
  }
}
