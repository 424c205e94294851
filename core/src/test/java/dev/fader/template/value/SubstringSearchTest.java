package dev.fader.template.value;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class SubstringSearchTest {
  private static String text(SplittableRandom random, int length) {
    var text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      text.append((char) ('a' + random.nextInt(2)));
    }
    return text.toString();
  }

  @Test
  void findAgreesWithIndexOf() {
    for (int seed = 0; seed < 3000; seed++) {
      var random = new SplittableRandom(seed);
      var text = text(random, random.nextInt(60));
      var sought = text(random, random.nextInt(14));
      int from = random.nextInt(text.length() + 2);
      var message = "seed %d: '%s' in '%s' at %d".formatted(seed, sought, text, from);
      if (random.nextBoolean()) {
        assertEquals(
            text.indexOf(sought, from), new SubstringSearch(sought).first(text, from), message);
      } else {
        int to = Math.min(from, text.length());
        int expected = to < sought.length() ? -1 : text.lastIndexOf(sought, to - sought.length());
        assertEquals(expected, new SubstringSearch(sought).last(text, to), message);
      }
    }
  }
}
