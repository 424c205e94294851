package dev.fader.sweep.law;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Laws found again from points that were made with them.
class ScalingFitTest {
  private static final ScalingLaw CHINCHILLA = new ScalingLaw(1.69, 406.4, 0.34, 410.7, 0.28);

  /// Sizes and lengths as a ladder of `budgets` has them, five at each.
  private static List<Trial> ladder(ScalingLaw law, double[] budgets, double noise, long seed) {
    var random = new Random(seed);
    var trials = new ArrayList<Trial>();
    for (double budget : budgets) {
      double centre = Math.sqrt(budget / 6 / 10);
      for (double factor : new double[] {0.3, 0.6, 1, 1.8, 3.2}) {
        double size = centre * factor;
        double tokens = budget / 6 / size;
        double loss = law.loss(size, tokens) * Math.exp(noise * random.nextGaussian());
        trials.add(new Trial(size, tokens, loss));
      }
    }
    return trials;
  }

  private static final double[] SMALL = {1e12, 3e12, 1e13};
  private static final double[] LARGE = {1e18, 1e19, 1e20, 1e21};

  @ParameterizedTest
  @CsvSource({
    "1.69, 406.4, 0.34, 410.7, 0.28",
    "1.82, 482, 0.35, 2085.43, 0.37",
    "1.2, 20, 0.25, 90, 0.3",
    "0.5, 6, 0.1, 3000, 0.6"
  })
  void findsKnownConstantsWithinOnePercent(
      double e, double a, double alpha, double b, double beta) {
    for (double[] budgets : List.of(SMALL, LARGE)) {
      var found =
          ScalingFit.of(ladder(new ScalingLaw(e, a, alpha, b, beta), budgets, 0, 1), 1).law();
      assertEquals(e, found.irreducible(), 0.01 * e);
      assertEquals(a, found.sizeFactor(), 0.01 * a);
      assertEquals(alpha, found.sizeExponent(), 0.01 * alpha);
      assertEquals(b, found.textFactor(), 0.01 * b);
      assertEquals(beta, found.textExponent(), 0.01 * beta);
    }
  }

  /// Losses of real runs scatter by some tenths of a percent from seed to seed. Ten times beyond
  /// the largest budget a law may then be off by some percent for a single draw of the scatter:
  /// five are allowed, and the interval has to say so.
  @Test
  void predictsTenTimesBeyondWhereLossesScatter() {
    int covered = 0;
    for (long seed = 1; seed <= 20; seed++) {
      var fit = ScalingFit.of(ladder(CHINCHILLA, SMALL, 0.003, seed), seed);
      double truth = CHINCHILLA.optimum(1e14).loss();
      assertEquals(truth, fit.law().optimum(1e14).loss(), 0.05 * truth, "seed " + seed);
      var likely = fit.interval(law -> law.optimum(1e14).loss());
      covered += likely.low() <= truth && truth <= likely.high() ? 1 : 0;
    }
    // Of 20 intervals of 95 % one is expected to miss; five or more would come once in 400 times.
    assertTrue(covered >= 16, covered + " of 20 cover the truth");
  }

  @Test
  void isNotMovedByOneRunThatWentWrong() {
    var trials = ladder(CHINCHILLA, LARGE, 0, 1);
    var wrong = trials.get(7);
    trials.set(7, new Trial(wrong.size(), wrong.tokens(), 1.3 * wrong.loss()));
    var law = ScalingFit.of(trials, 1).law();
    double truth = CHINCHILLA.optimum(1e22).loss();
    assertEquals(truth, law.optimum(1e22).loss(), 0.01 * truth);
  }

  @Test
  void optimumHasTheLowestLossOfItsBudget() {
    var best = CHINCHILLA.optimum(1e20);
    assertEquals(1e20, 6 * best.size() * best.tokens(), 1e10);
    for (double factor : new double[] {0.5, 0.9, 0.99, 1.01, 1.1, 2}) {
      assertTrue(CHINCHILLA.loss(best.size() * factor, best.tokens() / factor) > best.loss());
    }
    assertEquals(best.loss(), CHINCHILLA.loss(best.size(), best.tokens()));
  }

  @Test
  void sameSeedSameIntervals() {
    var trials = ladder(CHINCHILLA, SMALL, 0.003, 7);
    var first = ScalingFit.of(trials, 3).interval(ScalingLaw::sizeExponent);
    var second = ScalingFit.of(trials, 3).interval(ScalingLaw::sizeExponent);
    assertEquals(first, second);
    assertTrue(first.low() < first.high(), first::toString);
  }

  @Test
  void refusesTooFewTrials() {
    var seven = ladder(CHINCHILLA, SMALL, 0, 1).subList(0, 7);
    var problem =
        "7 runs of 7 sizes and 7 lengths do not show a law: it takes 8 runs of 3 sizes and 3 lengths";
    assertEquals(Optional.of(problem), ScalingFit.missing(seven));
    var thrown = assertThrows(IllegalArgumentException.class, () -> ScalingFit.of(seven, 1));
    assertEquals(problem, thrown.getMessage());
    var twoSizes = new ArrayList<Trial>();
    for (int i = 0; i < 10; i++) {
      twoSizes.add(new Trial(i % 2 == 0 ? 1e5 : 1e6, 1e6 * (1 + i), 3));
    }
    assertTrue(ScalingFit.missing(twoSizes).isPresent());
  }

  @Test
  void doubtsWhatScatteredRunsSayOfFarAway() {
    var scattered = ScalingFit.of(ladder(CHINCHILLA, SMALL, 0.05, 5), 1);
    assertTrue(scattered.doubt(1e20).isPresent());
    assertEquals(
        Optional.empty(), ScalingFit.of(ladder(CHINCHILLA, SMALL, 0.0005, 5), 1).doubt(1e14));
  }

  @Test
  void refusesWhatIsNoTrial() {
    var none = assertThrows(IllegalArgumentException.class, () -> new Trial(1e6, 0, 2));
    assertEquals("the tokens of a trial is 0.0, and must be a positive number", none.getMessage());
    assertThrows(IllegalArgumentException.class, () -> new Trial(1e6, 1, Double.NaN));
  }
}
