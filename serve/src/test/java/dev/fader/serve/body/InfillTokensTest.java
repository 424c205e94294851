package dev.fader.serve.body;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.serve.TinyModel;
import dev.fader.tokenizer.BytePairTraining;
import dev.fader.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class InfillTokensTest {
  @Test
  void mostModelsHaveNone() {
    var tokenizer =
        Tokenizer.trainBytePairs(
            new BytePairTraining(BytePairTraining.SMALLEST_VOCABULARY, 1), List.of("a"));
    assertTrue(InfillTokens.of(tokenizer).isEmpty());
  }

  @Test
  void textsStandBehindTheirMarks(@TempDir Path folder) throws IOException {
    var tokenizer = Tokenizer.load(TinyModel.write(folder.resolve("m")));
    var marks = InfillTokens.of(tokenizer).orElseThrow();
    assertEquals(OptionalInt.of(marks.before()), tokenizer.id("<|fim_prefix|>"));
    assertEquals(OptionalInt.of(marks.behind()), tokenizer.id("<|fim_suffix|>"));
    assertEquals(OptionalInt.of(marks.between()), tokenizer.id("<|fim_middle|>"));
    int[] expected =
        tokenizer.withPrefixTokens(
            new int[] {
              marks.before(), tokenizer.encode("a")[0],
              marks.behind(), tokenizer.encode("b")[0],
              marks.between()
            });
    assertArrayEquals(expected, marks.prompt("a", "b"));
  }
}
