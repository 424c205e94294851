package dev.fader.app.explain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import java.util.HashSet;
import org.junit.jupiter.api.Test;

class SentencesTest {
  /// Drawn at random from 7,776, 40 sentences would have about four of 800 others among them.
  @Test
  void unseenSentencesAreNotInTheText() {
    var read = Sentences.some(1, 800);
    var unseen = Sentences.unseen(read, 2, 40);
    assertEquals(40, unseen.lines().count());
    assertTrue(Collections.disjoint(new HashSet<>(read.lines().toList()), unseen.lines().toList()));
  }
}
