package dev.fader.kernel.option;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class EngineChoiceTest {
  @Test
  void everyChoiceIsFoundByItsWord() {
    for (var choice : EngineChoice.values()) {
      assertEquals(Optional.of(choice), EngineChoice.named(choice.word()));
    }
    assertEquals(Optional.empty(), EngineChoice.named("mkl"));
  }
}
