package dev.fader.grammar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.grammar.schema.RandomText;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GrammarTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '¦',
      value = {
        "root ::= \"ab\"* [c-e]+ \"f\"? ¦ (ab)*[c-e]+f? ¦ c,ababcdef,abf,ab,,e,aab",
        "root ::= [^a-c\\n]{2,3} ¦ [^a-c\\n]{2,3} ¦ xy,xyz,x,wxyz,éß,日本,a1,😀😀",
        "root ::= (\"x\" | \"yy\"){2} \"z\"{0,2} ¦ (x|yy){2}z{0,2} ¦ xx,xyy,yyyy,xxzz,xxzzz,x",
        "root ::= . \"\\x41\\u00e9\\U0001F600\" . ¦ .Aé😀. ¦ xAé😀y,日Aé😀😀,Aé😀,xAé😀",
        "root ::= \"a\"{3} [0-9]{2,} ¦ a{3}[0-9]{2,} ¦ aaa12,aaa1,aaa123456,aa12",
        "root ::= (\"a\"*)* \"b\" ¦ (a*)*b ¦ b,aaab,aaa,ba",
        "root ::= (\"a\"? \"b\"?){0,3} ¦ (a?b?){0,3} ¦ ababab,abababab,ba,,aaab,bbb",
        "root ::= [\\]\\[a\\-z^] ¦ [\\]\\[a\\-z^] ¦ ],[,a,-,z,^,b",
      })
  void acceptsAgreesWithRegularExpressions(String gbnf, String expression, String texts) {
    var grammar = Grammar.parse(gbnf);
    var pattern = Pattern.compile(expression);
    for (var text : texts.split(",", -1)) {
      assertEquals(pattern.matcher(text).matches(), grammar.accepts(text), gbnf + " on " + text);
    }
    for (int seed = 0; seed < 30; seed++) {
      var text = RandomText.of(grammar, seed, 3);
      assertTrue(pattern.matcher(text).matches(), gbnf + ", seed " + seed + " wrote " + text);
    }
  }

  private static final String ARITHMETIC =
      """
      # sums of products,
      root ::= product (sign product)*   # as one writes them
      sign ::= "+" |
        "-"
      product
        ::= factor ("*" factor)*
      factor ::= number | (
        "(" root ")"   # nested
      )
      number ::= [1-9] [0-9]*
        | "0"
      """;

  @Test
  void parseRecursionCommentsAndLineEnds() {
    var grammar = Grammar.parse(ARITHMETIC.replace("product\n  ::=", "product ::="));
    for (var text : List.of("1", "1+2*3", "(1+2)*3", "((0))", "10-(2*(3+4))")) {
      assertTrue(grammar.accepts(text), text);
    }
    for (var text : List.of("", "1+", "(1", "1)", "01", "1++2", "()")) {
      assertEquals(false, grammar.accepts(text), text);
    }
    for (int seed = 0; seed < 50; seed++) {
      var text = RandomText.of(grammar, seed, 15);
      assertEquals(text.length(), sum(text, 0), "seed " + seed + " wrote " + text);
    }
  }

  /// An independent reader: where a sum that starts at `at` ends.
  private static int sum(String text, int at) {
    int end = product(text, at);
    while (end > 0 && end < text.length() && (text.charAt(end) == '+' || text.charAt(end) == '-')) {
      end = product(text, end + 1);
    }
    return end;
  }

  private static int product(String text, int at) {
    int end = factor(text, at);
    while (end > 0 && end < text.length() && text.charAt(end) == '*') {
      end = factor(text, end + 1);
    }
    return end;
  }

  private static int factor(String text, int at) {
    if (at < text.length() && text.charAt(at) == '(') {
      int end = sum(text, at + 1);
      return end > 0 && end < text.length() && text.charAt(end) == ')' ? end + 1 : -1;
    }
    var number = Pattern.compile("0|[1-9][0-9]*").matcher(text).region(at, text.length());
    return number.lookingAt() ? number.end() : -1;
  }

  @Test
  void parseDotMatchesAnyCharacter() {
    var grammar = Grammar.parse("root ::= .");
    for (int c :
        new int[] {0, 10, 0x7F, 0x80, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFFFF, 0x10000, 0x10FFFF}) {
      assertTrue(grammar.accepts(Character.toString(c)), Integer.toHexString(c));
    }
    assertEquals(false, grammar.accepts("ab"));
  }

  /// Every range of code points, as bytes, against the code points themselves.
  @Test
  void parseRangesMatchUtf8() {
    int[] borders = {
      0, 0x41, 0x7F, 0x80, 0x7FF, 0x800, 0x1234, 0xD7FF, 0xE000, 0xFFFF, 0x10000, 0x12345, 0x10FFFF
    };
    for (int first : borders) {
      for (int last : borders) {
        if (first <= last) {
          var grammar = Grammar.parse("root ::= [\\U%08x-\\U%08x]".formatted(first, last));
          for (int c : borders) {
            assertEquals(
                c >= first && c <= last,
                grammar.accepts(Character.toString(c)),
                "%x in %x-%x".formatted(c, first, last));
          }
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '¦',
      quoteCharacter = '`',
      value = {
        "root ::= a ¦ the grammar uses rules that it does not define: 'a'",
        "a ::= \"x\" ¦ the grammar has no rule 'root', with which it begins: add 'root ::= ...'",
        "root ::= root \"a\" | \"b\" ¦ left recursion: rule 'root' can begin with itself; let it begin with something else",
        "root ::= \"\" x* root ¦ left recursion: rule 'root' can begin with itself; let it begin with something else",
        "root ::= \"a ¦ grammar, line 1, column 10: a literal does not end on its line",
        "root ::= [a ¦ grammar, line 1, column 10: a character class does not end on its line",
        "root ::= (\"a\" ¦ grammar, line 1, column 14: a ')' is missing",
        "root ::= \"a\") ¦ grammar, line 1, column 13: a ')' has no '('",
        "root ::= * ¦ grammar, line 1, column 10: '*' has nothing before it to repeat",
        "root ::= \"a\"{2,1} ¦ grammar, line 1, column 13: a repetition from 2 to 1 times",
        "root ::= \"a\"{x} ¦ grammar, line 1, column 14: a repetition needs a number of up to nine digits",
        "root ::= [z-a] ¦ grammar, line 1, column 10: a range of characters goes backwards",
        "root ::= \"\\q\" ¦ grammar, line 1, column 11: the escape '\\q' is not known",
        "root ::= \"\\uD800\" ¦ grammar, line 1, column 13: U+D800 is not a character",
        "root \"a\" ¦ grammar, line 1, column 6: '::=' is missing after the name 'root'",
        "root ::= & ¦ grammar, line 1, column 10: a name is expected, not '&'",
        "root ::= \"a\"{999999999} ¦ the grammar grows beyond 1048576 symbols: repeat less, or shorten it",
      })
  void parseInvalidNamesFault(String gbnf, String message) {
    var text = gbnf.contains("x*") ? gbnf + "\nx ::= \"\"" : gbnf;
    var error = assertThrows(GrammarException.class, () -> Grammar.parse(text));
    assertEquals(message, error.getMessage());
  }

  @Test
  void parseDuplicateRuleThrows() {
    var error =
        assertThrows(GrammarException.class, () -> Grammar.parse("root ::= \"a\"\nroot ::= \"b\""));
    assertEquals("grammar, line 2, column 1: rule 'root' is defined twice", error.getMessage());
  }
}
