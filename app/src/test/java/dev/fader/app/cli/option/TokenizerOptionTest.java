package dev.fader.app.cli.option;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fader.train.recipe.TokenizerChoice;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TokenizerOptionTest {
  @ParameterizedTest
  @CsvSource({
    "1, bytes",
    "99999, bytes",
    "100000, bpe:1024",
    "999999, bpe:1024",
    "1115394, bpe:2048",
    "2900000, bpe:2048",
    "4000000, bpe:4096",
    "1000000000000, bpe:4096"
  })
  void moreTextBearsMoreTokens(long bytes, String choice) {
    assertEquals(TokenizerOption.parse(choice), TokenizerChoice.standard(bytes));
  }
}
