package dev.fader.mpi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fader.collective.CollectiveException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PatienceTest {
  @Test
  void minutesOfTheProperty() {
    assertEquals(Duration.ofMinutes(60), Patience.of("60").waiting());
    assertEquals(Patience.USUAL.silence(), Patience.of("60").silence());
    assertEquals(Patience.USUAL, Patience.ofProperty());
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "-1", "soon", "", "9223372036854775807"})
  void otherWordsAreRefused(String minutes) {
    assertEquals(
        "-Dfader.mpi.patience=%s is no number of minutes: give one such as 60".formatted(minutes),
        assertThrows(CollectiveException.class, () -> Patience.of(minutes)).getMessage());
  }
}
