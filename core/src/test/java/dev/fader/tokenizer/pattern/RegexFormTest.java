package dev.fader.tokenizer.pattern;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.regex.PatternSyntaxException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RegexFormTest {
  private static RegexNode form(String regex) {
    return RegexForm.of(RegexParser.parse(regex));
  }

  private static boolean areSame(String one, String other) {
    return RegexForm.areSame(form(one), form(other));
  }

  /// An option may be nothing at all.
  @Test
  void emptyOptions() {
    assertTrue(areSame("a(?:|b)", "a(?:|[b])"));
    assertFalse(areSame("a(?:|b)", "a(?:b|)"), "the first option that fits is taken");
    assertFalse(areSame("|a", "a"));
    assertFalse(RegexForm.covers(form("|a")));
  }

  /// What is read has a form, and the same one each time.
  @Test
  void randomExpressions() {
    var parts =
        "a b ab | (?: ) * + ? *+ ++ ?+ {2,3} [ab] [^a] (?= (?! \\s ^ $ (?i) A \\R".split(" ");
    int read = 0;
    for (int seed = 0; seed < 5_000; seed++) {
      var random = new Random(seed);
      var regex = new StringBuilder();
      for (int i = random.nextInt(9); i >= 0; i--) {
        regex.append(parts[random.nextInt(parts.length)]);
      }
      RegexNode tree;
      try {
        tree = RegexParser.parse(regex.toString());
      } catch (PatternSyntaxException refused) {
        continue;
      }
      read++;
      assertTrue(
          RegexForm.areSame(RegexForm.of(tree), RegexForm.of(tree)), "seed " + seed + ": " + regex);
    }
    assertTrue(read > 500, "only %d were read".formatted(read));
  }

  /// A file's repetitions are walked by recursion, so there must not be any number of them.
  @ParameterizedTest
  @ValueSource(strings = {"*", "+", "?", "{2}", "*+"})
  void nestedRepetitionsAreBounded(String repeat) {
    var refused =
        assertThrows(
            PatternSyntaxException.class, () -> RegexParser.parse("a" + repeat.repeat(100_000)));
    assertEquals("repeats repetitions more than 10 times", refused.getDescription());
  }
}
