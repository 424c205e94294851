package dev.fader.data.quality;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.data.DataException;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SimilarTextsTest {
  private static short[] bins(Random random) {
    var bins = new short[Signature.BINS];
    for (int i = 0; i < bins.length; i++) {
      bins[i] = (short) random.nextInt();
    }
    return bins;
  }

  /// It is refused before the heap is full, and not earlier.
  @Test
  void keepsNoMoreThanThereIsRoomFor() {
    var random = new Random(1);
    var texts = new SimilarTexts(0.8, 33);
    var first = bins(random);
    texts.keep(7, first);
    for (int i = 1; i < 33; i++) {
      texts.keep(7 + i, bins(random));
    }
    assertEquals(OptionalInt.of(7), texts.find(first), "seed 1");
    var refused = assertThrows(DataException.class, () -> texts.keep(100, bins(random)));
    assertEquals(
        "finding texts that are nearly the same takes 2,900 bytes of memory for each, and there is"
            + " room for 33 texts: give fewer at a time, or `similar` 2 to leave this out",
        refused.getMessage());
  }

  /// What twenty thousand texts take of the heap is what is said, with what grows beside them.
  @Test
  void aTextTakesWhatIsSaid() {
    int count = 20_000;
    var random = new Random(2);
    long before = used();
    var texts = new SimilarTexts(0.8, count);
    for (int i = 0; i < count; i++) {
      texts.keep(i, bins(random));
    }
    double each = (double) (used() - before) / count;
    assertTrue(each > 1500 && each < 2900, each + " bytes for a text, seed 2");
    assertEquals(OptionalInt.empty(), texts.find(bins(random)), "seed 2");
    assertEquals(2_221_534, SimilarTexts.most(10L << 30));
  }

  private static long used() {
    System.gc();
    var runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }
}
