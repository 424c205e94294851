package dev.fader.train.recipe;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.inspect.count.ParameterCount;
import dev.fader.train.TrainingException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PresetTest {
  /// The last two are what transformers counts for the published models.
  @ParameterizedTest
  @CsvSource({
    "nano, 468064",
    "micro, 2557888",
    "tiny, 8749504",
    "small, 29500928",
    "base, 110121216",
    "gpt2, 124439808",
    "llama-3.2-1b, 1235814400"
  })
  void countsOfTheLadder(String name, long parameters) {
    assertEquals(parameters, ParameterCount.of(Preset.named(name).config()).total());
  }

  @Test
  void presetsGrow() {
    var counts =
        Arrays.stream(Preset.values())
            .mapToLong(preset -> ParameterCount.of(preset.config()).total())
            .toArray();
    var sorted = counts.clone();
    Arrays.sort(sorted);
    assertEquals(Arrays.toString(sorted), Arrays.toString(counts));
    assertTrue(counts[0] < 1_000_000, "nano has " + counts[0]);
  }

  @Test
  void unknownPresetListsKnown() {
    var unknown = assertThrows(TrainingException.class, () -> Preset.named("huge"));
    assertEquals(
        "`preset` 'huge' is unknown: choose one of nano, micro, tiny, small, base, gpt2,"
            + " llama-3.2-1b",
        unknown.getMessage());
  }
}
