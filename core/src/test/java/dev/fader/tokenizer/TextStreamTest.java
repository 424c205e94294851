package dev.fader.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class TextStreamTest {
  @Test
  void acceptNeverGivesHalfACharacter() {
    var stream = Tokenizer.bytes().textStream();
    byte[] grin = "\uD83D\uDE00".getBytes(StandardCharsets.UTF_8);
    assertEquals("a", stream.accept('a'));
    assertEquals("", stream.accept(grin[0] & 0xFF));
    assertEquals("", stream.accept(grin[1] & 0xFF));
    assertEquals("", stream.accept(grin[2] & 0xFF));
    assertEquals("\uD83D\uDE00", stream.accept(grin[3] & 0xFF));
    assertEquals("", stream.flush());
  }

  @Test
  void flushReplacesUnfinishedCharacter() {
    var stream = Tokenizer.bytes().textStream();
    assertEquals("", stream.accept(0xE2));
    assertEquals("", stream.accept(0x82));
    assertEquals("\uFFFDx", stream.accept('x'));
    assertEquals("", stream.accept(0xC3));
    assertEquals("\uFFFD", stream.flush());
  }

  @Test
  void acceptAgreesWithDecode() {
    long seed = 77;
    var random = new Random(seed);
    Tokenizer tokenizer = Tokenizer.bytes();
    for (int length : new int[] {1, 7, 13, 31, 33, 100, 10_000}) {
      // Mostly lead and continuation bytes, so that every kind of broken sequence comes up.
      int[] ids = random.ints(length, 0x70, 0x100).toArray();
      var bytes = new byte[length];
      for (int i = 0; i < length; i++) {
        bytes[i] = (byte) ids[i];
      }
      assertEquals(
          new String(bytes, StandardCharsets.UTF_8), tokenizer.decode(ids), "seed " + seed);
    }
  }
}
