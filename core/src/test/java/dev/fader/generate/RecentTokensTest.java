package dev.fader.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class RecentTokensTest {
  /// A text that grows, is cut back, rewritten and replaced, against counting anew.
  @Test
  void countsFollowTheText() {
    var random = new SplittableRandom(9);
    for (int window : new int[] {-1, 1, 7, 13, 100}) {
      var recent = new RecentTokens(window);
      var text = new int[200];
      int length = 0;
      for (int step = 0; step < 2000; step++) {
        int kept =
            switch (random.nextInt(8)) {
              case 0 -> random.nextInt(length + 1);
              case 1 -> 0;
              default -> length;
            };
        length = Math.min(text.length, kept + random.nextInt(random.nextInt(20) == 0 ? 100 : 4));
        for (int i = kept; i < length; i++) {
          text[i] = random.nextInt(13);
        }
        recent.follow(text, length, 13);
        var expected = new int[13];
        int kinds = 0;
        for (int i = window < 0 ? 0 : Math.max(0, length - window); i < length; i++) {
          kinds += expected[text[i]]++ == 0 ? 1 : 0;
        }
        assertEquals(kinds, recent.kinds());
        int total = 0;
        for (int kind = 0; kind < kinds; kind++) {
          int id = recent.id(kind);
          assertEquals(
              expected[id], recent.count(id), "window %d, step %d".formatted(window, step));
          total += recent.count(id);
        }
        assertEquals(window < 0 ? length : Math.min(window, length), total);
      }
    }
  }
}
