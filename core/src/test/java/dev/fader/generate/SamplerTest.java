package dev.fader.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.generate.Truncation.Cuts;
import dev.fader.generate.Truncation.Mirostat;
import dev.fader.generate.Truncation.Xtc;
import dev.fader.kernel.Allocations;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/// What is drawn with all stages in place; expected sets and numbers are from a reference of
/// llama.cpp's rules in numpy.
class SamplerTest {
  /// Probabilities 0.0350, 0.2587, 0.0952, 0.0047, 0.4265, 0.0212, 0.1569, 0.0017; standard
  /// deviation 1.819.
  private static final float[] LOGITS = {1.0f, 3.0f, 2.0f, -1.0f, 3.5f, 0.5f, 2.5f, -2.0f};

  private static final SamplerSettings SETTINGS = SamplerSettings.DEFAULTS.withSeed(17);
  private static final int[] NOTHING = {};

  private static Sampler sampler(SamplerSettings settings) {
    return new Sampler(settings, Optional.empty());
  }

  /// How often each token is drawn in 20,000 tries.
  private static int[] draws(SamplerSettings settings) {
    var sampler = sampler(settings);
    var counts = new int[LOGITS.length];
    for (int i = 0; i < 20_000; i++) {
      counts[sampler.next(LOGITS.clone(), NOTHING, 0)]++;
    }
    return counts;
  }

  /// The tokens that are ever drawn.
  private static String drawn(Truncation truncation) {
    var ids = new TreeSet<Integer>();
    var counts = draws(SETTINGS.withTruncation(truncation));
    for (int id = 0; id < counts.length; id++) {
      if (counts[id] > 0) {
        ids.add(id);
      }
    }
    return ids.toString();
  }

  private static int next(SamplerSettings settings, float[] logits, int... history) {
    return sampler(settings).next(logits.clone(), history, history.length);
  }

  @Test
  void greedyTakesFirstArgmax() {
    assertEquals(1, next(SETTINGS.greedy(), new float[] {1, 3, 2, 3, Float.NaN}));
    assertEquals(4, next(SETTINGS.withTemperature(new Temperature(0)), LOGITS));
  }

  /// Of the three largest logits at temperature 2, exp(1.75), exp(1.5) and exp(1.25) over their
  /// sum.
  @Test
  void tellsTheProbabilitiesItDrawsBy() {
    double sum = Math.exp(1.75) + Math.exp(1.5) + Math.exp(1.25);
    var cut = SETTINGS.withTruncation(Cuts.NONE.withTopK(3)).withTemperature(new Temperature(2));
    for (var settings : List.of(cut, SETTINGS.withTemperature(new Temperature(2)))) {
      var sampler = sampler(settings);
      var before = Prediction.of(0, LOGITS.clone());
      int id = sampler.next(LOGITS.clone(), NOTHING, 0);
      var told = sampler.likelihood(id, before, 5);
      assertEquals(id, told.id());
      assertEquals(
          List.of(4, 1, 6, 2, 0), told.top().stream().map(Prediction.Candidate::id).toList());
      assertEquals(LOGITS[4], told.top().getFirst().logit());
      if (settings == cut) {
        assertEquals(Math.exp(LOGITS[id] / 2) / sum, Math.exp(told.logProbability()), 1e-6);
        assertEquals(Math.exp(1.75) / sum, told.top().getFirst().probability(), 1e-6);
        assertEquals(Math.exp(1.25) / sum, told.top().get(2).probability(), 1e-6);
        assertEquals(0, told.top().get(3).probability());
      } else {
        assertTrue(told.top().get(4).probability() > 0, told::toString);
      }
    }
    var greedy = sampler(SETTINGS.greedy());
    assertEquals(4, greedy.next(LOGITS.clone(), NOTHING, 0));
    var told = greedy.likelihood(4, Prediction.of(0, LOGITS.clone()), 2);
    assertEquals(0, told.logProbability());
    assertEquals(1, told.top().getFirst().probability());
    assertEquals(0, told.top().get(1).probability());
  }

  /// The deviation of a count is below sqrt(20000 / 4) = 71; five of them never happen.
  @Test
  void samplesFollowSoftmax() {
    var counts = draws(SETTINGS);
    double sum = 0;
    for (float logit : LOGITS) {
      sum += Math.exp(logit);
    }
    for (int i = 0; i < LOGITS.length; i++) {
      assertEquals(20_000 * Math.exp(LOGITS[i]) / sum, counts[i], 355, "token " + i);
    }
  }

  @Test
  void sameSeedGivesSameTokens() {
    var settings = SETTINGS.withTruncation(Cuts.NONE.withTopP(0.9f).withXtc(new Xtc(0.5f, 0.1f)));
    var one = sampler(settings);
    var other = sampler(settings);
    var different = sampler(settings.withSeed(18));
    int differing = 0;
    for (int i = 0; i < 100; i++) {
      int id = one.next(LOGITS.clone(), NOTHING, 0);
      assertEquals(id, other.next(LOGITS.clone(), NOTHING, 0));
      differing += id == different.next(LOGITS.clone(), NOTHING, 0) ? 0 : 1;
    }
    assertTrue(differing > 10, "another seed draws others");
  }

  @Test
  void logitBiasAddsAndForbids() {
    var bias = Map.of(4, Float.NEGATIVE_INFINITY, 7, 5.1f);
    assertEquals(7, next(SETTINGS.withLogitBias(bias).greedy(), LOGITS));
    assertEquals(0, draws(SETTINGS.withLogitBias(bias))[4]);
    var outside =
        assertThrows(
            IllegalArgumentException.class,
            () -> next(SETTINGS.withLogitBias(Map.of(8, 1f)), LOGITS));
    assertEquals(
        "logit bias of token 8: the vocabulary has 8: give ids from 0 to 7", outside.getMessage());
  }

  @ParameterizedTest
  @CsvSource({"0.5, '[1, 4]'", "1, '[1, 2, 4, 6]'", "1.5, '[0, 1, 2, 4, 6]'"})
  void topNSigmaKeepsNearMaximum(float n, String expected) {
    assertEquals(expected, drawn(Cuts.NONE.withTopNSigma(n)));
  }

  @ParameterizedTest
  @CsvSource({"1, '[4]'", "3, '[1, 4, 6]'", "100, '[0, 1, 2, 3, 4, 5, 6, 7]'"})
  void topKKeepsMostProbable(int k, String expected) {
    assertEquals(expected, drawn(Cuts.NONE.withTopK(k)));
  }

  @ParameterizedTest
  @CsvSource({"0.2, '[1]'", "0.5, '[1, 4, 6]'", "0.9, '[1, 2, 4, 6]'"})
  void typicalKeepsNearEntropy(float p, String expected) {
    assertEquals(expected, drawn(Cuts.NONE.withTypicalP(p)));
  }

  @ParameterizedTest
  @CsvSource({"0.3, '[4]'", "0.5, '[1, 4]'", "0.7, '[1, 4, 6]'", "0.95, '[0, 1, 2, 4, 6]'"})
  void topPKeepsSmallestNucleus(float p, String expected) {
    assertEquals(expected, drawn(Cuts.NONE.withTopP(p)));
  }

  @ParameterizedTest
  @CsvSource({"0.1, '[1, 2, 4, 6]'", "0.3, '[1, 4, 6]'", "0.6, '[1, 4]'", "1, '[4]'"})
  void minPKeepsRelativelyProbable(float p, String expected) {
    assertEquals(expected, drawn(Cuts.NONE.withMinP(p)));
  }

  @Test
  void truncationsRespectMinKeep() {
    var keepFour = Cuts.NONE.withMinKeep(4);
    assertEquals("[1, 2, 4, 6]", drawn(keepFour.withTopP(0.3f)));
    assertEquals("[1, 2, 4, 6]", drawn(keepFour.withMinP(0.9f)));
    assertEquals("[1, 2, 4, 6]", drawn(keepFour.withTypicalP(0.1f)));
    assertEquals("[1, 4]", drawn(keepFour.withTopK(2)), "but top-k");
  }

  @ParameterizedTest
  @CsvSource({
    "0.1, 0, '[0, 2, 3, 5, 6, 7]'",
    "0.2, 0, '[0, 1, 2, 3, 5, 6, 7]'",
    "0.3, 0, '[0, 1, 2, 3, 4, 5, 6, 7]'",
    "0.1, 6, '[0, 2, 3, 5, 6, 7]'",
    "0.1, 7, '[0, 1, 2, 3, 4, 5, 6, 7]'"
  })
  void xtcLeavesOutAllButTheLeastOfTheTopChoices(float threshold, int keep, String expected) {
    var cuts = Cuts.NONE.withXtc(new Xtc(1, threshold)).withMinKeep(keep);
    assertEquals(expected, drawn(cuts));
  }

  /// Token 4 comes up in 0.4265 of the draws, and never in the half that XTC rules.
  @Test
  void xtcFollowsItsProbability() {
    var cuts = Cuts.NONE.withXtc(new Xtc(0.5f, 0.1f));
    assertEquals(20_000 * 0.5 * 0.4265, draws(SETTINGS.withTruncation(cuts))[4], 355);
  }

  /// The second cut works on what the first has left: 0.2587 / 0.6852 is 0.38 of two.
  @Test
  void truncationsCompose() {
    assertEquals("[1, 4]", drawn(Cuts.NONE.withTopK(2).withTopP(0.63f)));
    assertEquals("[4]", drawn(Cuts.NONE.withTopK(2).withTopP(0.62f)));
  }

  @Test
  void dynamicTemperatureFollowsEntropy() {
    var candidates = new Candidates().of(LOGITS, 0);
    assertEquals(1.2036779983491872, new Temperature(1, 0.5f, 1).of(candidates), 1e-6);
    assertEquals(0.7922603605771502, new Temperature(0.8f, 0.8f, 2).of(candidates), 1e-6);
    candidates.keepFirst(1);
    assertEquals(1, new Temperature(1, 0.5f, 1).of(candidates));
  }

  @Test
  void mirostatUpdatesBound() {
    var bound = new MirostatBound(new Mirostat(1.5f, 0.2f));
    double[] uniforms = {0.05, 0.6, 0.95, 0.99};
    int[] ids = {4, 1, 6, 6};
    double[] expected = {3.1037156639396004, 3.0631618237903044, 2.878338479552112};
    for (int i = 0; i < ids.length; i++) {
      var candidates = new Candidates().of(LOGITS, 0);
      bound.cut(candidates);
      int rank = candidates.draw(uniforms[i]);
      bound.observe(candidates, rank);
      assertEquals(ids[i], candidates.id(rank));
      if (i < expected.length) {
        // tau and eta are float32: 0.2 is off by 3e-9
        assertEquals(expected[i], bound.bound(), 1e-7);
      }
    }
    var settings = SETTINGS.withTruncation(new Mirostat(0.1f, 0.1f));
    assertEquals(4, next(settings, LOGITS), "only the first is so little of a surprise");
    var penalized = settings.withPenalties(new Penalties(100, 100, 100, -1, Dry.NONE));
    assertEquals(4, next(penalized, LOGITS, 4, 4), "mirostat leaves no place for penalties");
  }

  @Test
  void nanLogitsThrow() {
    float[] broken = {Float.NaN, Float.NEGATIVE_INFINITY};
    for (var settings :
        new SamplerSettings[] {
          SETTINGS, SETTINGS.greedy(), SETTINGS.withTruncation(Cuts.NONE.withTopK(1))
        }) {
      var error = assertThrows(IllegalStateException.class, () -> next(settings, broken));
      assertEquals(
          "the model's logits are not numbers: its weights are broken, training diverged, or a mix turns something so far up that they overflow",
          error.getMessage());
    }
  }

  @Test
  void minusInfinityIsNeverDrawn() {
    var logits = new float[100];
    Arrays.fill(logits, Float.NEGATIVE_INFINITY);
    logits[33] = -1000;
    for (int topK : new int[] {0, 7}) {
      assertEquals(33, next(SETTINGS.withTruncation(Cuts.NONE.withTopK(topK)), logits));
    }
  }

  @Test
  void invalidSettingsAreNamed() {
    var error = assertThrows(IllegalArgumentException.class, () -> Cuts.NONE.withTopP(1.5f));
    assertEquals("top-p is 1.5, and must be above 0 and at most 1", error.getMessage());
    error = assertThrows(IllegalArgumentException.class, () -> new Temperature(-1));
    assertEquals("temperature is -1.0, and must be at least 0", error.getMessage());
    error = assertThrows(IllegalArgumentException.class, () -> new Penalties(0, 0, 0, 1, Dry.NONE));
    assertEquals("repeat penalty is 0.0, and must be above 0", error.getMessage());
  }

  private static Stream<SamplerSettings> ofEveryKind() {
    var dry = new Dry(0.8f, 1.7f, 2, -1, List.of());
    return Stream.of(
        SETTINGS.greedy(),
        SETTINGS,
        SETTINGS.withTruncation(Cuts.NONE.withTopK(40)),
        SETTINGS.withTruncation(Cuts.NONE.withTopP(0.95f)).withLogitBias(Map.of(3, 1f, 500, -1f)),
        SETTINGS.withTruncation(Cuts.NONE.withMinP(0.05f).withTopNSigma(2)),
        SETTINGS
            .withTruncation(
                Cuts.NONE.withTopK(40).withTopP(0.95f).withTypicalP(0.9f).withXtc(new Xtc(1, 0.1f)))
            .withTemperature(new Temperature(0.8f, 0.3f, 1)),
        SETTINGS.withPenalties(new Penalties(1.1f, 0.1f, 0.1f, -1, dry)).greedy(),
        SETTINGS.withTruncation(new Mirostat(5, 0.1f)));
  }

  /// A sampler's memory is its own, and grows only with the first tokens. Where the JDK sorts with
  /// vectors of 512 bits (Intel, and AMD since Zen 5), its partitions are small objects.
  @Tag("allocation")
  @ParameterizedTest
  @MethodSource("ofEveryKind")
  void tokensAllocateNothing(SamplerSettings settings) {
    var random = new SplittableRandom(1);
    var logits = new float[152_000];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = (float) (2.5 * random.nextGaussian());
    }
    var used = new float[logits.length];
    var history = random.ints(1000, 0, 30).toArray();
    var sampler = sampler(settings);
    var length = new int[] {500};
    // How many partitions there are depends on the numbers: 40,104 bytes of these, 41,184 of
    // others.
    long allowed = bytesOfSorting(logits.length) * 5 / 4;
    long bytes =
        Allocations.leastBytes(
            5,
            allowed,
            () -> {
              System.arraycopy(logits, 0, used, 0, logits.length);
              length[0] = length[0] == 1000 ? 500 : length[0] + 1;
              history[length[0] - 1] = sampler.next(used, history, length[0] - 1);
            });
    assertTrue(bytes <= allowed, bytes + " bytes, and " + allowed + " by sorting");
  }

  /// Of one `Arrays.sort` of so many random numbers, once it is compiled.
  private static long bytesOfSorting(int count) {
    var numbers = new SplittableRandom(2).longs(count).toArray();
    var used = new long[count];
    Runnable sort =
        () -> {
          System.arraycopy(numbers, 0, used, 0, count);
          Arrays.sort(used, 0, count);
        };
    for (int i = 0; i < 30; i++) {
      sort.run();
    }
    return Allocations.leastBytes(5, Long.MAX_VALUE - 1, sort);
  }
}
