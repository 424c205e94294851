package dev.fader.tokenizer.pattern;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Expected words were taken from Hugging Face's `tokenizers` 0.23.
final class SplitPatternTest {
  @Test
  void gpt2SplitsBeforeWords() {
    assertEquals(
        List.of(
            "I", "'ll", " pay", " ", " 12345", "!!", " '", "LL", "\n", "\n", "é", "²", "\u3000"),
        words(SplitPattern.GPT2, "I'll pay  12345!! 'LL\n\né²\u3000"));
  }

  @Test
  void cl100kSplitsNumbersIntoThreeDigits() {
    assertEquals(
        List.of(
            "x", " =", " ", "123", "456", "7", ".", "5", ";\r\n", "\t", "\treturn", " (", "a", ")"),
        words(SplitPattern.CL100K, "x = 1234567.5;\r\n\t\treturn (a)"));
  }

  @Test
  void qwen2SplitsDigits() {
    assertEquals(List.of("a", "1", "2", "½"), words(SplitPattern.QWEN2, "a12½"));
  }

  @Test
  void cl100kContractionsIgnoreCase() {
    assertEquals(
        List.of("'S", "'rE", "'ſ", "'LL", "'x", "\n", "'s", "ad"),
        words(SplitPattern.CL100K, "'S'rE'ſ'LL'x\n'sad"));
  }

  @Test
  void cl100kWhiteSpaceEndsAtLastLineEnd() {
    assertEquals(List.of(" \n \r\n", " ", " a"), words(SplitPattern.CL100K, " \n \r\n  a"));
    assertEquals(List.of("a", " \u2028\u00A0"), words(SplitPattern.CL100K, "a \u2028\u00A0"));
    assertEquals(List.of("a", " \n ", " b"), words(SplitPattern.GPT2, "a \n  b"));
  }

  @ParameterizedTest
  @EnumSource
  void wordsCoverText(SplitPattern pattern) {
    String text = "a\u0301 \uD83D\uDE00\uD83D\uDE00x\u200b 1٣Ⅷ ...\n'\r\n";
    assertEquals(text, String.join("", words(pattern, text)));
  }

  @ParameterizedTest
  @EnumSource
  void spelledFindsPattern(SplitPattern pattern) {
    assertEquals(Optional.of(pattern), SplitPattern.spelled(pattern.regex()));
  }

  private static List<String> words(SplitPattern pattern, String text) {
    byte[] utf8 = Utf8.bytes(text);
    var words = new ArrayList<String>();
    int end;
    for (int at = 0; at < utf8.length; at = end) {
      end = pattern.wordEnd(utf8, at, utf8.length);
      words.add(new String(utf8, at, end - at, java.nio.charset.StandardCharsets.UTF_8));
    }
    return words;
  }
}
