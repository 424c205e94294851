package dev.fader.grammar;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.grammar.schema.JsonSchemaGrammar;
import dev.fader.grammar.schema.RandomText;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class GrammarMatcherTest {
  private static GrammarMatcher matcher(String gbnf) {
    return new GrammarMatcher(Grammar.parse(gbnf), RandomText.VOCABULARY, List.of(RandomText.END));
  }

  @Test
  void maskAtEndAllowsEndTokens() {
    var matcher = matcher("root ::= \"a\" \"b\"?");
    assertFalse(matcher.allows(RandomText.END));
    matcher.accept('a');
    assertTrue(matcher.allows(RandomText.END) && matcher.canEnd() && !matcher.isComplete());
    matcher.accept('b');
    assertTrue(matcher.allows(RandomText.END) && matcher.isComplete());
    assertFalse(matcher.allows('b'));
    assertFalse(matcher.allows(RandomText.CONTROL), "what is no text is never allowed");
  }

  @Test
  void acceptForbiddenTokenThrows() {
    var matcher = matcher("root ::= \"a\"");
    var error = assertThrows(IllegalArgumentException.class, () -> matcher.accept('b'));
    assertEquals("the grammar does not allow token 98 here", error.getMessage());
    assertThrows(IllegalArgumentException.class, () -> matcher.accept(RandomText.CONTROL));
    assertTrue(matcher.allows('a'), "and nothing has changed");
  }

  /// Token 3 is `<a>`, and so are the letters of tokens 0 to 2.
  @Test
  void aTokenIsNamedByItsId() {
    var named = new BitSet();
    named.set(3);
    byte[][] pieces = {
      {'<'}, {'a'}, {'>'}, "<a>".getBytes(StandardCharsets.UTF_8), {(byte) 0xFF}, {}
    };
    var vocabulary = new TokenPieces(pieces, named);
    var matcher =
        new GrammarMatcher(Grammar.parse("root ::= .* <[3]> \"a\""), vocabulary, List.of(5));
    for (int id = 0; id < 6; id++) {
      assertEquals(id < 4, matcher.allows(id), "token " + id);
    }
    for (int id : new int[] {0, 1, 2, 1}) {
      matcher.accept(id);
    }
    assertFalse(matcher.canEnd(), "its letters are not the token");
    matcher.accept(3);
    assertTrue(matcher.allows(1) && !matcher.allows(3) && !matcher.allows(0));
    matcher.accept(1);
    assertTrue(matcher.isComplete());
    var text = new GrammarMatcher(Grammar.parse("root ::= \"<a>\""), vocabulary, List.of(5));
    assertTrue(text.acceptIfAllowed(3), "where it is not named it is text");
  }

  @Test
  void acceptPartialCharacters() {
    var matcher = matcher("root ::= [😀-😂] \"é\"");
    for (int value : "😁é".getBytes(StandardCharsets.UTF_8)) {
      assertFalse(matcher.allows(RandomText.END));
      assertTrue(matcher.allows(value & 0xFF));
      matcher.accept(value & 0xFF);
    }
    assertTrue(matcher.isComplete());
  }

  @Test
  void maskWithoutAllowedTokenThrows() {
    var few = new TokenPieces(new byte[][] {{'a'}, {'b'}});
    var matcher = new GrammarMatcher(Grammar.parse("root ::= \"c\""), few, List.of());
    var error = assertThrows(GrammarException.class, () -> matcher.mask(new float[3]));
    assertEquals(
        "no token of this vocabulary can go on as the grammar asks: the model cannot write it",
        error.getMessage());
  }

  /// The mask by walking sorted pieces against trying every token alone.
  @Test
  void maskAgreesWithTryingEachToken() {
    var grammar =
        Grammar.parse(
            "root ::= (\"true\" | [a-c]+ | \"é\" [^\\n]{0,3} | \"{\\\"\" root \"\\\"}\")+");
    for (int seed = 0; seed < 20; seed++) {
      var random = new SplittableRandom(seed);
      var text = new StringBuilder();
      var matcher = new GrammarMatcher(grammar, RandomText.VOCABULARY, List.of(RandomText.END));
      for (int step = 0; step < 12; step++) {
        int chosen = -1;
        int seen = 0;
        for (int id = 0; id < RandomText.CONTROL; id++) {
          boolean alone = canTake(matcher, id);
          assertEquals(alone, matcher.allows(id), "seed " + seed + ", token " + id);
          if (alone && random.nextInt(++seen) == 0) {
            chosen = id;
          }
        }
        if (chosen < 0) {
          break;
        }
        text.append(chosen).append(' ');
        matcher.accept(chosen);
      }
      assertFalse(text.isEmpty());
    }
  }

  private static boolean canTake(GrammarMatcher matcher, int id) {
    return matcher.takes(RandomText.VOCABULARY.bytes(id));
  }

  /// A right-recursive rule leaves nothing on the stack, and what is remembered is forgotten.
  @Test
  void acceptLongTextBoundsMemory() {
    var matcher = matcher("root ::= \"a\" root | \"[\" root \"]\" | \"\"");
    for (int i = 0; i < 300_000; i++) {
      matcher.accept(i % 3 == 2 ? '[' : 'a');
    }
    assertTrue(matcher.allows(']'));
    assertFalse(matcher.canEnd());
    for (int i = 0; i < 100_000; i++) {
      matcher.accept(']');
    }
    assertTrue(matcher.canEnd());
    assertFalse(matcher.allows(']'));
  }

  /// A vocabulary as large as those of today, and a state in which nearly everything may come: one
  /// mask takes a few milliseconds, of which a loaded machine may make a hundred times as many.
  @Test
  void maskLargeVocabularyIsFast() {
    var random = new SplittableRandom(5);
    var pieces = new byte[150_000][];
    for (int id = 0; id < pieces.length; id++) {
      pieces[id] = new byte[1 + random.nextInt(10)];
      for (int i = 0; i < pieces[id].length; i++) {
        pieces[id][i] = (byte) ('a' + random.nextInt(26));
      }
    }
    pieces[0] = new byte[] {'"'};
    var vocabulary = new TokenPieces(pieces);
    var grammar = JsonSchemaGrammar.parse("{\"type\": \"string\", \"maxLength\": 100}");
    var matcher = new GrammarMatcher(grammar, vocabulary, List.of());
    matcher.accept(0);
    var logits = new float[pieces.length];
    long start = System.nanoTime();
    int written = 0;
    for (int i = 0; i < 30; i++) {
      matcher.mask(logits);
      int id = 1 + random.nextInt(pieces.length - 1);
      if (written + pieces[id].length <= 60) {
        written += pieces[id].length;
        matcher.accept(id);
      }
    }
    double milliseconds = (System.nanoTime() - start) * 1e-6 / 30;
    assertTrue(milliseconds < 200, milliseconds + " ms for a mask");
  }
}
