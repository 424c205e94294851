package dev.fader.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.tokenizer.Tokenizer;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Which letters an added token wrote stays known.
final class WrittenTextTest {
  private static final String TOKEN = Tokenizer.END_OF_TEXT;

  private final StringBuilder read = new StringBuilder();

  private WrittenText written(List<String> stops) {
    return new WrittenText(
        new int[] {'x'},
        Optional.of(Tokenizer.bytes()),
        new GenerationSettings(9, stops, List.of(), SamplerSettings.DEFAULTS),
        read::append);
  }

  @Test
  void onlyATokenOfItsOwnHasASpan() {
    var written = written(List.of());
    for (int id : Tokenizer.bytes().encode("é" + TOKEN)) {
      written.accept(id);
    }
    assertEquals(List.of(), written.spans());
    int length = written.text().length();
    written.accept(256);
    written.accept('a');
    written.accept(256);
    assertEquals("é" + TOKEN + TOKEN + "a" + TOKEN, read.toString());
    int end = length + TOKEN.length();
    assertEquals(
        List.of(new TokenSpan(length, end), new TokenSpan(end + 1, end + 1 + TOKEN.length())),
        written.spans());
  }

  @Test
  void aSpanMayStandPartlyBehindWhatWaitsForAStop() {
    var written = written(List.of("text|>!"));
    written.accept(256);
    assertEquals(TOKEN.substring(0, TOKEN.length() - 6), read.toString());
    assertEquals(List.of(new TokenSpan(0, TOKEN.length())), written.spans());
    assertTrue(written.accept('!'));
    assertEquals(TOKEN.substring(0, TOKEN.length() - 6), written.text());
  }
}
