package dev.fader.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fader.kernel.Allocations;
import dev.fader.tokenizer.Tokenizer;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class DraftVocabularyTest {
  @Test
  void refusesOtherTokensEachTime() {
    var vocabulary = new DraftVocabulary(Optional.of(Tokenizer.bytes()));
    vocabulary.require(Tokenizer.bytes());
    var letters = Tokenizer.characters(List.of("abc"));
    for (int i = 0; i < 2; i++) {
      assertThrows(IllegalArgumentException.class, () -> vocabulary.require(letters));
    }
    vocabulary.require(Tokenizer.bytes());
  }

  /// Each token that is compared is copied.
  @Tag("allocation")
  @Test
  void comparesTokensOnce() {
    var target = Tokenizer.bytes();
    var vocabulary = new DraftVocabulary(Optional.of(Tokenizer.bytes()));
    assertEquals(0, Allocations.leastBytes(8, 0, () -> vocabulary.require(target)));
  }
}
