package dev.fader.sweep;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.sweep.SweepRun.Purpose;
import dev.fader.sweep.law.ScalingLaw;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

/// What made-up results say.
class SweepVerdictTest {
  private static final ScalingLaw LAW = new ScalingLaw(1.69, 406.4, 0.34, 410.7, 0.28);

  /// Four budgets of five sizes; losses of the largest budget are so many times those of the law.
  private static List<SweepResult> results(double[] factors, double largest) {
    var results = new ArrayList<SweepResult>();
    for (double budget : new double[] {1e12, 2e12, 5e12, 1e13}) {
      double centre = LAW.optimum(budget).size();
      for (double factor : factors) {
        double size = centre * factor;
        double tokens = budget / ScalingLaw.OPERATIONS / size;
        double loss = LAW.loss(size, tokens) * (budget == 1e13 ? largest : 1);
        results.add(
            new SweepResult(
                budget + "-" + factor,
                Purpose.LADDER,
                budget,
                size,
                (long) size,
                tokens,
                loss,
                OptionalDouble.empty(),
                OptionalDouble.empty(),
                1,
                new LinkedHashMap<>(),
                "data"));
      }
    }
    return results;
  }

  @Test
  void resultsThatFollowALawAreNotDoubted() {
    var verdict = SweepVerdict.of(results(new double[] {0.3, 0.6, 1, 1.8, 3.2}, 1), 1e14);
    assertEquals(List.of(), verdict.doubts());
    double expected = LAW.optimum(1e14).loss();
    assertEquals(expected, verdict.predict(1e14).optimum().loss(), 1e-3 * expected);
  }

  @Test
  void aLargestBudgetThatTheOthersDoNotForetellIsADoubt() {
    var verdict = SweepVerdict.of(results(new double[] {0.3, 0.6, 1, 1.8, 3.2}, 0.9), 1e14);
    assertTrue(
        verdict.doubts().stream()
            .anyMatch(doubt -> doubt.startsWith("from the smaller budgets alone the best run")),
        verdict.doubts()::toString);
    assertTrue(verdict.doubts().getLast().contains(" too high: "), verdict.doubts()::toString);
  }

  /// Losses that fall with a power of arithmetic have no floor, which the law takes them to have.
  @Test
  void whatForetoldTheLargestBudgetBetterForetellsTheNext() {
    var results =
        results(new double[] {0.3, 0.6, 1, 1.8, 3.2}, 1).stream()
            .map(result -> {
              double off = Math.log(result.size() / LAW.optimum(result.budget()).size());
              double loss = 20 * Math.pow(result.budget(), -0.08) * Math.exp(0.02 * off * off);
              return new SweepResult(
                  result.name(),
                  result.purpose(),
                  result.budget(),
                  result.size(),
                  result.parameters(),
                  result.tokens(),
                  loss,
                  OptionalDouble.empty(),
                  OptionalDouble.empty(),
                  1,
                  result.settings(),
                  result.data());
            })
            .toList();
    var verdict = SweepVerdict.of(results, 1e14);
    assertTrue(verdict.isByFrontier(), verdict.hindsight()::toString);
    assertEquals(0, verdict.hindsight().frontier(), 1e-9);
    var law = verdict.fit().orElseThrow().law();
    double size = LAW.optimum(1e14).size();
    double tokens = 1e14 / ScalingLaw.OPERATIONS / size;
    assertEquals(20 * Math.pow(1e14, -0.08), verdict.expected(size, tokens), 1e-9);
    assertTrue(law.loss(size, tokens) != verdict.expected(size, tokens));
    // The parabolas are lowest at the same sizes, a power of arithmetic, whatever the law makes of
    // them.
    assertEquals(size, verdict.bestSize(1e14), 1e-6 * size);
    assertTrue(law.optimum(1e14).size() != verdict.bestSize(1e14));
  }

  @Test
  void bestSizesAtTheEdgeAreADoubt() {
    var verdict = SweepVerdict.of(results(new double[] {1, 1.8, 2.5, 3.2, 5}, 1), 1e14);
    assertTrue(
        verdict.doubts().stream()
            .anyMatch(doubt -> doubt.startsWith("the smallest size was the best at every budget")),
        verdict.doubts()::toString);
  }
}
