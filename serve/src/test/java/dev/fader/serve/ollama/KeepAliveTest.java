package dev.fader.serve.ollama;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class KeepAliveTest {
  @ParameterizedTest
  @CsvSource({
    "5m, PT5M",
    "1h30m, PT1H30M",
    "1.5h, PT1H30M",
    "300ms, PT0.3S",
    "20us, PT0.00002S",
    "20µs, PT0.00002S",
    "0, PT0S",
    "0s, PT0S",
    "90, PT1M30S",
    "+1m, PT1M",
    "-1, PT-1S",
    "-1m, PT-1M",
    "999999999h, PT277777H46M40S", // 31 years, beyond which it does not matter
  })
  void durations(String text, Duration expected) {
    assertEquals(Optional.of(expected), KeepAlive.parse(text));
  }

  @Test
  void otherTexts() {
    for (var text :
        List.of(
            "", "-", "m", "5", "5x", "5m ", "5 m", "1e3s", "5m-3s", "--1", "٥m", "1m2", ".5h")) {
      boolean seconds = text.equals("5");
      assertEquals(!seconds, KeepAlive.parse(text).isEmpty(), text);
    }
    assertEquals(Optional.empty(), KeepAlive.parse("1s".repeat(50_000)));
    assertEquals(Optional.empty(), KeepAlive.parse("1".repeat(10) + "s"));
  }
}
