package dev.fader.evaluate.interval;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class IntervalTest {
  @Test
  void sharesHaveWilsonsInterval() throws IOException {
    try (var file =
        Objects.requireNonNull(
            IntervalTest.class.getResourceAsStream("/golden/tasks/labels.json"))) {
      for (var expected : JsonMapper.shared().readTree(file).get("wilson")) {
        var interval =
            Interval.ofShare(
                expected.get("successes").intValue(), expected.get("count").intValue());
        assertEquals(expected.get("low").doubleValue(), interval.low(), 1e-12, "" + expected);
        assertEquals(expected.get("high").doubleValue(), interval.high(), 1e-12, "" + expected);
      }
    }
  }

  /// Values and quantiles by hand: mean 2, deviation 1, 4.303 / root of 3.
  @Test
  void meansOfAFewHaveStudentsInterval() {
    var three = Interval.ofMean(1, 2, 3);
    assertEquals(2 - 2.4843, three.low(), 1e-3);
    assertEquals(2 + 2.4843, three.high(), 1e-3);
    assertEquals(Double.POSITIVE_INFINITY, Interval.ofMean(1).high());
    assertEquals(new Interval(4, 4), Interval.ofMean(4, 4));
  }

  private static double mean(double[] sums) {
    return sums[0] / sums[1];
  }

  private static List<double[]> normal(SplittableRandom random, int count) {
    var items = new ArrayList<double[]>();
    for (int i = 0; i < count; i++) {
      items.add(new double[] {random.nextGaussian(), 1});
    }
    return items;
  }

  /// The deviation of the mean of 400 is 0.05: the bootstrap's interval is 2 * 1.96 of it wide.
  /// That of the items themselves is off by about 1 / sqrt(2 * 400), 3.5 %; the two percentiles of
  /// a thousand samples add some 6 %.
  @Test
  void aMeanHasTheIntervalOfItsDeviation() {
    var items = normal(new SplittableRandom(17), 400);
    var interval = Interval.ofScore(items, IntervalTest::mean, 5);
    double centre = mean(Interval.sums(items));
    assertEquals(3.92 * 0.05, interval.high() - interval.low(), 0.2 * 3.92 * 0.05);
    assertEquals(centre, (interval.high() + interval.low()) / 2, 0.02);
  }

  /// In 200 experiments about 190 hold the true mean; fewer than 175 would be five deviations off.
  @Test
  void itHoldsTheTruthAsOftenAsItSays() {
    var random = new SplittableRandom(23);
    int held = 0;
    for (int i = 0; i < 200; i++) {
      var interval = Interval.ofScore(normal(random, 100), IntervalTest::mean, i);
      held += interval.low() <= 0 && interval.high() >= 0 ? 1 : 0;
    }
    assertTrue(held >= 175, held + " of 200");
  }

  @Test
  void theSeedDecides() {
    var items = normal(new SplittableRandom(3), 33);
    var first = Interval.ofScore(items, IntervalTest::mean, 1);
    assertEquals(first, Interval.ofScore(items, IntervalTest::mean, 1));
    assertNotEquals(first, Interval.ofScore(items, IntervalTest::mean, 2));
  }

  @Test
  void outcomesAreItemsWithAOne() {
    var outcomes = new int[] {2, 0, 2, 1, 2, 2, 0};
    var items = new ArrayList<double[]>();
    for (int outcome : outcomes) {
      var item = new double[3];
      item[outcome] = 1;
      items.add(item);
    }
    assertEquals(
        Interval.ofScore(items, sums -> sums[0] + 2 * sums[1], 7),
        Interval.ofOutcomes(outcomes, 3, sums -> sums[0] + 2 * sums[1], 7));
  }

  @Test
  void equalItemsHaveNoWidth() {
    var items = List.of(new double[] {3, 1}, new double[] {3, 1}, new double[] {3, 1});
    assertEquals(new Interval(3, 3), Interval.ofScore(items, IntervalTest::mean, 1));
  }

  @Test
  void nothingHasNoInterval() {
    for (Runnable none :
        List.<Runnable>of(
            () -> Interval.ofShare(0, 0),
            () -> Interval.sums(List.of()),
            () -> Interval.ofScore(List.of(), IntervalTest::mean, 1))) {
      var refused = assertThrows(IllegalArgumentException.class, none::run);
      assertEquals("there are no items: a figure needs at least 1", refused.getMessage());
    }
    var refused = assertThrows(IllegalArgumentException.class, () -> Interval.ofShare(3, 2));
    assertEquals("3 successes of 2 items: there are from 0 to 2", refused.getMessage());
  }
}
