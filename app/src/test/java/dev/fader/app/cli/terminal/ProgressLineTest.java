package dev.fader.app.cli.terminal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Lines that fit a terminal.
class ProgressLineTest {
  private static final String STATUS =
      "step 1,234/56,789  loss 1.234  12 min 05 s left  34,567 tokens/s  MFU 45 %  lr 1.23e-04";

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 13, 31, 33, 77, 100, 117, 200})
  void barFitsAnyWidth(int width) {
    assertTrue(ProgressLine.line(0.4, STATUS, width).length() <= width);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "200 | [########------------] " + STATUS,
        "77 | [########-----------] step 1,234/56,789  loss 1.234  12 min 05 s left",
        "40 | [####------] step 1,234/56,789",
      })
  void whatDoesNotFitIsLeftOutWhole(int width, String line) {
    assertEquals(line, ProgressLine.line(0.4, STATUS, width));
  }

  @Test
  void linesAreBrokenAtWords() {
    assertEquals(
        List.of("  lr  0.004", "    for width", "    128; less"),
        ScreenWidth.wrapped("  lr  0.004 for width 128; less", 13, 4));
    assertEquals(List.of("short"), ScreenWidth.wrapped("short ", 80, 4));
    assertEquals(
        List.of("/a/very/long/path", "  and more"),
        ScreenWidth.wrapped("/a/very/long/path and more", 10, 2));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "runs/a-b_1.x | runs/a-b_1.x",
        "my run | 'my run'",
        "it's | 'it'\\''s'",
        "a;b | 'a;b'",
        "größe | größe"
      })
  void wordsForAShellAreQuotedWhereTheyMustBe(String path, String word) {
    assertEquals(word, ShellWord.of(path));
  }
}
