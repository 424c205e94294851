package dev.fader.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class CandidatesTest {
  /// Few of many go through a heap, many through a sort: both must agree.
  @Test
  void selectionMatchesSort() {
    var random = new SplittableRandom(3);
    var logits = new float[1000];
    for (int i = 0; i < logits.length; i++) {
      logits[i] = random.nextInt(100) - 50;
    }
    var all = new Candidates().of(logits, 0);
    for (int count : new int[] {1, 7, 33, 100, 500}) {
      var some = new Candidates().of(logits, count);
      assertEquals(count, some.count());
      for (int rank = 0; rank < count; rank++) {
        assertEquals(all.id(rank), some.id(rank), count + " candidates, rank " + rank);
      }
    }
  }

  @Test
  void equalLogitsAreOrderedById() {
    var candidates = new Candidates().of(new float[] {0f, -0f, 1, Float.NaN, 0f}, 0);
    assertEquals(4, candidates.count());
    int[] ids = {2, 0, 1, 4};
    for (int rank = 0; rank < ids.length; rank++) {
      assertEquals(ids[rank], candidates.id(rank));
    }
  }

  @Test
  void drawCoversUnitInterval() {
    var candidates = new Candidates().of(new float[] {1, 1, 1}, 0);
    assertEquals(0, candidates.draw(0));
    assertEquals(1, candidates.draw(0.5));
    assertEquals(2, candidates.draw(0.9));
  }

  /// What is left before a sort must not change what a cut leaves.
  @Test
  void preselectionContainsTruncation() {
    var random = new SplittableRandom(5);
    for (int round = 0; round < 200; round++) {
      var logits = new float[1 + random.nextInt(300)];
      double spread = random.nextDouble(0.01, 20);
      for (int i = 0; i < logits.length; i++) {
        logits[i] = round % 3 == 0 ? random.nextInt(4) : (float) random.nextDouble(-spread, spread);
      }
      logits[0] = round % 5 == 0 ? Float.NEGATIVE_INFINITY : logits[0];
      if (logits.length == 1) {
        logits[0] = 1;
      }
      float p = (float) random.nextDouble(0.001, 0.999);
      same(new TruncationStage.TopP(p, 0), logits, new Candidates().nucleus(logits, p), round);
      same(new TruncationStage.MinP(p, 1), logits, new Candidates().atLeast(logits, p), round);
    }
  }

  private static void same(TruncationStage cut, float[] logits, Candidates few, int round) {
    var all = new Candidates().of(logits, 0);
    cut.apply(all);
    cut.apply(few);
    assertEquals(all.count(), few.count(), cut + " of " + logits.length + ", round " + round);
    var expected = all.probabilities();
    var probabilities = few.probabilities();
    for (int rank = 0; rank < all.count(); rank++) {
      assertEquals(all.id(rank), few.id(rank));
      assertEquals(expected[rank], probabilities[rank], 1e-15);
    }
  }

  /// Without a cut, the token is the one at which the probabilities by rising id reach the number.
  @Test
  void withoutTruncationDrawIsById() {
    var random = new SplittableRandom(7);
    var logits = new float[100];
    double sum = 0;
    for (int i = 0; i < logits.length; i++) {
      logits[i] = i % 7 == 0 ? Float.NEGATIVE_INFINITY : (float) random.nextDouble(-5, 5);
      sum += Math.exp(logits[i]);
    }
    for (int round = 0; round < 1000; round++) {
      double uniform = random.nextDouble();
      var candidates = new Candidates().unsorted(logits);
      int drawn = candidates.id(candidates.draw(uniform));
      int expected = 0;
      double reached = Math.exp(logits[0]) / sum;
      while (reached <= uniform) {
        reached += Math.exp(logits[++expected]) / sum;
      }
      assertEquals(expected, drawn, "uniform " + uniform);
    }
    var coldest = new Candidates().unsorted(logits);
    coldest.applyTemperature(0);
    assertEquals(Sampler.largest(logits), coldest.id(coldest.draw(0.99)));
  }
}
