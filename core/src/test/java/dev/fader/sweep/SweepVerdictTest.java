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
