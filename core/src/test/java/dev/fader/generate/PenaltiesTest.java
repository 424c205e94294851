package dev.fader.generate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fader.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class PenaltiesTest {
  private static float[] adjusted(LogitStage adjustment, float[] logits, int... history) {
    var changed = logits.clone();
    adjustment.apply(changed, history, history.length);
    return changed;
  }

  @Test
  void penaltiesMatchLlamaCpp() {
    float[] logits = {1, 4, -2, 3, 0.5f};
    int[] history = {3, 1, 2, 2, 1, 2};
    // token 1 once in the last four, token 2 three times
    var last = new TokenPenalty(new Penalties(2, 0.25f, 0.5f, 4, Dry.NONE));
    assertArrayEquals(
        new float[] {1, 4f / 2 - 0.5f - 0.25f, -2 * 2 - 3 * 0.5f - 0.25f, 3, 0.5f},
        adjusted(last, logits, history));
    var all = new TokenPenalty(new Penalties(2, 0, 0, -1, Dry.NONE));
    assertArrayEquals(new float[] {1, 2, -4, 1.5f, 0.5f}, adjusted(all, logits, history));
  }

  private static float[] dry(Dry settings, SequenceBreakers breakers, int... history) {
    return adjusted(new DryPenalty(settings, breakers), new float[300], history);
  }

  private static final SequenceBreakers NO_BREAKERS =
      new SequenceBreakers(List.of(), Optional.empty());

  /// After `a b c c b c y a b c`: three tokens came before c, two before y, one before b.
  @Test
  void dryPenalizesRepeatedSequences() {
    int a = 'a';
    int b = 'b';
    int c = 'c';
    int y = 'y';
    var penalized = dry(new Dry(2, 3, 1, -1, List.of()), NO_BREAKERS, a, b, c, c, b, c, y, a, b, c);
    assertEquals(-2 * 9, penalized[c]);
    assertEquals(-2 * 3, penalized[y]);
    assertEquals(-2, penalized[b]);
    assertEquals(0, penalized[a]);
    var shorter = dry(new Dry(2, 3, 2, -1, List.of()), NO_BREAKERS, a, b, c, c, b, c, y, a, b, c);
    assertEquals(-2 * 3, shorter[c]);
    assertEquals(-2, shorter[y]);
    assertEquals(0, shorter[b]);
    var windowed = dry(new Dry(2, 3, 1, 7, List.of()), NO_BREAKERS, a, b, c, c, b, c, y, a, b, c);
    assertEquals(0, windowed[c], "the last seven hold no c after a repeat");
    assertEquals(-2 * 3, windowed[y]);
  }

  @Test
  void dryStopsAtBreakers() {
    var breakers = new SequenceBreakers(List.of("\n"), Optional.of(Tokenizer.bytes()));
    var settings = new Dry(1, 2, 1, -1, List.of("\n"));
    var text = "go on\nto be\ngo on\nto".chars().toArray();
    // The sequence before ' ' is "to" alone: the line end cuts it.
    assertEquals(-2, dry(settings, breakers, text)[' ']);
    assertEquals(-Math.pow(2, 7), dry(settings, NO_BREAKERS, text)[' ']);
    var line = "a b\nc a b\nc a b".chars().toArray();
    assertEquals(0, dry(settings, breakers, line)['\n'], "a breaker is not penalized");
  }

  @Test
  void dryFindsBreakersOfSeveralTokens() {
    var breakers = new SequenceBreakers(List.of("--"), Optional.of(Tokenizer.bytes()));
    assertEquals(2, breakers.distance(new int[] {'x', 'y', '-', '-', 'z'}, 5));
    assertEquals(4, breakers.distance(new int[] {'x', 'y', '-', 'z'}, 4));
    var settings = new Dry(1, 2, 1, -1, List.of("--"));
    assertEquals(-2, dry(settings, NO_BREAKERS, '-', '-', '-')['-'], "two came before");
  }

  @Test
  void penaltiesStayFinite() {
    var history = new int[2000];
    Arrays.fill(history, 5);
    var penalized = dry(new Dry(1, 10, 2, -1, List.of()), NO_BREAKERS, history);
    assertEquals((float) -1e38, penalized[5], 1e32);
  }

  /// The Z-algorithm against comparing everywhere.
  @Test
  void dryMatchesNaiveSearch() {
    var random = new SplittableRandom(11);
    for (int length : new int[] {1, 7, 13, 31, 33, 100}) {
      var tokens = new int[length];
      for (int i = 0; i < length; i++) {
        tokens[i] = random.nextInt(2);
      }
      var matches = new int[length];
      DryPenalty.findMatches(tokens, length, matches);
      for (int i = 1; i < length; i++) {
        int match = Arrays.mismatch(tokens, 0, length - i, tokens, i, length);
        assertEquals(match < 0 ? length - i : match, matches[i], Arrays.toString(tokens));
      }
    }
  }

  @Test
  void emptyBreakerIsRefused() {
    var error =
        assertThrows(IllegalArgumentException.class, () -> new Dry(1, 2, 2, -1, List.of("")));
    assertEquals(
        "a DRY sequence breaker is empty: give at least one character", error.getMessage());
  }
}
