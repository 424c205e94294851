package dev.fader.sweep.law;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class FrontierTest {
  private final List<Trial> trials = new ArrayList<>();
  private final List<Double> budgets = new ArrayList<>();

  /// Sizes around the best of a budget, which are `width` times apart.
  private void add(double budget, double best, double loss, double... factors) {
    for (double factor : factors) {
      double off = Math.log(factor);
      trials.add(
          new Trial(best * factor, budget / 6 / best / factor, loss * Math.exp(0.03 * off * off)));
      budgets.add(budget);
    }
  }

  @Test
  void findsTheLowestPointsAndTheirPower() {
    for (double budget : new double[] {1e11, 3e11, 1e12}) {
      // None of them is the best: that lies between.
      add(budget, Math.sqrt(budget) / 10, 9 * Math.pow(budget, -0.06), 0.4, 0.7, 1.5, 2.5);
    }
    var frontier = Frontier.of(trials, budgets).orElseThrow();
    assertEquals(1e5, frontier.points().getLast().size(), 1e-3);
    assertEquals(9 * Math.pow(1e13, -0.06), frontier.loss(1e13), 1e-9);
    assertEquals(Math.sqrt(1e13) / 10, frontier.size(1e13), 1e-2);
    assertFalse(frontier.withoutLargest().isPresent());
  }

  @Test
  void nothingIsBestBeyondWhatWasTried() {
    for (double budget : new double[] {1e11, 2e11, 4e11, 8e11}) {
      add(budget, 1e5, 2, 2, 3, 4);
    }
    var frontier = Frontier.of(trials, budgets).orElseThrow();
    assertEquals(2e5, frontier.points().getFirst().size(), 1e-3);
    assertEquals(3, frontier.withoutLargest().orElseThrow().points().size());
  }

  @Test
  void budgetsWithFewSizesAreNoPoints() {
    add(1e11, 1e5, 2, 0.5, 1, 2);
    add(2e11, 1e5, 2, 0.5, 1, 2);
    add(4e11, 1e5, 2, 0.5, 1);
    assertFalse(Frontier.of(trials, budgets).isPresent());
    assertThrows(IllegalArgumentException.class, () -> Frontier.of(trials, List.of(1e11)));
  }
}
