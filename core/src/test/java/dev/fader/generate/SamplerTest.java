package dev.fader.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class SamplerTest {
  private static final float[] LOGITS = {1.0f, 3.0f, 2.0f, -1.0f, 3.0f, 0.5f, Float.NaN};

  private static SamplerSettings settings(int topK, float topP, float minP) {
    return new SamplerSettings(1, topK, topP, minP, 1, 64, 17);
  }

  /// How often each token is drawn in 20,000 tries.
  private static int[] draws(SamplerSettings settings) {
    var sampler = new Sampler(settings);
    var counts = new int[LOGITS.length];
    for (int i = 0; i < 20_000; i++) {
      counts[sampler.next(LOGITS.clone(), new int[0], 0)]++;
    }
    return counts;
  }

  @Test
  void greedyTakesTheFirstOfTheLargest() {
    var sampler = new Sampler(SamplerSettings.DEFAULTS.greedy());
    assertEquals(1, sampler.next(LOGITS.clone(), new int[0], 0));
  }

  /// The deviation of a count is below sqrt(20000 / 4) = 71; five of them never happen.
  @Test
  void drawsFollowTheSoftmax() {
    var counts = draws(SamplerSettings.DEFAULTS);
    double sum = 0;
    for (int i = 0; i < 6; i++) {
      sum += Math.exp(LOGITS[i]);
    }
    for (int i = 0; i < 6; i++) {
      assertEquals(20_000 * Math.exp(LOGITS[i]) / sum, counts[i], 355, "token " + i);
    }
    assertEquals(0, counts[6], "what is not a number is never drawn");
  }

  @Test
  void theSameSeedDrawsTheSameTokens() {
    var one = new Sampler(SamplerSettings.DEFAULTS);
    var other = new Sampler(SamplerSettings.DEFAULTS);
    for (int i = 0; i < 100; i++) {
      assertEquals(
          one.next(LOGITS.clone(), new int[0], 0), other.next(LOGITS.clone(), new int[0], 0));
    }
  }

  @Test
  void topKKeepsTheMostProbable() {
    var counts = draws(settings(3, 1, 0));
    assertTrue(counts[1] > 0 && counts[4] > 0 && counts[2] > 0);
    assertEquals(20_000, counts[1] + counts[4] + counts[2]);
  }

  /// The probabilities are 0.38, 0.38, 0.14, 0.05, 0.03, 0.01.
  @Test
  void topPKeepsTheFewestThatReachIt() {
    var counts = draws(settings(0, 0.8f, 0));
    assertEquals(20_000, counts[1] + counts[4] + counts[2]);
    assertTrue(counts[2] > 0);
    assertEquals(20_000, draws(settings(0, 0.3f, 0))[1]);
  }

  @Test
  void minPKeepsWhatIsNearTheMostProbable() {
    var counts = draws(settings(0, 1, 0.3f));
    assertEquals(20_000, counts[1] + counts[4] + counts[2]);
    assertTrue(counts[2] > 0);
  }

  @Test
  void recentTokensArePenalizedOnce() {
    var settings = new SamplerSettings(0, 0, 1, 0, 2, 2, 0);
    var sampler = new Sampler(settings);
    int[] history = {4, 1, 1, 0};
    assertEquals(4, sampler.next(LOGITS.clone(), history, 3));
    assertEquals(1, sampler.next(LOGITS.clone(), history, 1));
  }

  @Test
  void logitsThatAreNoNumbersAreAnError() {
    float[] broken = {Float.NaN, Float.NEGATIVE_INFINITY};
    for (var settings : new SamplerSettings[] {SamplerSettings.DEFAULTS, settings(1, 0.5f, 0)}) {
      var error =
          assertThrows(
              IllegalStateException.class,
              () -> new Sampler(settings).next(broken.clone(), new int[0], 0));
      assertEquals(
          "the model's logits are not numbers: its weights are broken, or training diverged",
          error.getMessage());
    }
  }

  @Test
  void wrongSettingsAreNamed() {
    var error =
        assertThrows(
            IllegalArgumentException.class, () -> new SamplerSettings(1, 0, 1.5f, 0, 1, 64, 0));
    assertEquals("top-p is 1.5, and must be above 0 and at most 1", error.getMessage());
  }

  /// Few of many go through a heap, many through a sort: both must agree.
  @Test
  void candidatesAreTheSameHoweverManyAreTaken() {
    var random = new SplittableRandom(3);
    var logits = new float[1000];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = random.nextInt(100) - 50;
    }
    var all = Candidates.of(logits, 0);
    for (int count : new int[] {1, 7, 33, 100, 500}) {
      var some = Candidates.of(logits, count);
      for (int rank = 0; rank < count; rank++) {
        assertEquals(all.id(rank), some.id(rank), count + " candidates, rank " + rank);
      }
    }
  }
}
