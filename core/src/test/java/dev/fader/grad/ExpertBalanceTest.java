package dev.fader.grad;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fader.grad.Routing.Scoring;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorMemory;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ExpertBalanceTest {
  private static final long SEED = 11;
  private static final int ROWS = 13;
  private static final int EXPERTS = 6;
  private static final double LOAD = 0.7;
  private static final double Z = 0.3;

  /// Central differences where no choice is near its border; the loss is computed by its formula.
  /// Tolerances as in [RouterTest].
  @Test
  void gradientMatchesCentralDifferences() {
    for (var routing :
        List.of(
            new Routing(Scoring.SOFTMAX, 2, true),
            new Routing(Scoring.SIGMOID, 3, true, 2, 3, 2))) {
      try (var arena = TensorMemory.unlimited().open("test")) {
        var random = new SplittableRandom(SEED);
        var scores = arena.floats(ROWS, EXPERTS);
        for (int r = 0; r < ROWS; r++) {
          for (int e = 0; e < EXPERTS; e++) {
            double score = 0.5 * ((e + r * r) % EXPERTS) + 0.2 * random.nextDouble();
            scores.set((long) r * EXPERTS + e, (float) score);
          }
        }
        var counted = new BitSet();
        counted.set(0, ROWS);
        counted.clear(4); // padding
        var balance = new ExpertBalance(4, 2, EXPERTS, new ExpertBalance.Losses(LOAD, Z));
        balance.begin();
        balance.expect(counted.cardinality());
        balance.count(counted);
        var router = routed(scores, routing);
        balance.count(2, router); // layers 2 and 3 have one router, which is used twice
        balance.count(3, router);
        var gradient = arena.floats(ROWS, EXPERTS);
        balance.backward(2, router, Matrix.of(scores), Matrix.of(gradient));
        for (int i = 0; i < scores.elements(); i++) {
          float before = scores.get(i);
          scores.set(i, before + 1e-3f);
          double above = loss(scores, routing, counted);
          scores.set(i, before - 1e-3f);
          double below = loss(scores, routing, counted);
          scores.set(i, before);
          // half of it flows through each of the two uses
          double expected = (above - below) / 2e-3 / 2;
          assertEquals(expected, gradient.get(i), 5e-4, routing + ", seed " + SEED);
        }
        assertArrayEquals(new long[EXPERTS], balance.choices(1));
        assertEquals(
            2L * counted.cardinality() * routing.perToken(),
            java.util.Arrays.stream(balance.choices(3)).sum());
      }
    }
  }

  private static Router routed(Tensor scores, Routing routing) {
    var router = new Router(ROWS, EXPERTS, routing);
    router.route(Matrix.of(scores), Optional.empty());
    return router;
  }

  private static double loss(Tensor scores, Routing routing, BitSet counted) {
    var router = routed(scores, routing);
    var choices = new double[EXPERTS];
    var shares = new double[EXPERTS];
    double squares = 0;
    int rows = counted.cardinality();
    for (int row = 0; row < ROWS; row++) {
      if (!counted.get(row)) {
        continue;
      }
      double exponents = 0;
      for (int e = 0; e < EXPERTS; e++) {
        shares[e] += router.probability(row, e) / router.sum(row) / rows;
        exponents += Math.exp(scores.get((long) row * EXPERTS + e));
      }
      squares += Math.pow(Math.log(exponents), 2) / rows;
      for (int i = 0; i < routing.perToken(); i++) {
        choices[router.expert(row * routing.perToken() + i)] += 1.0 / rows / routing.perToken();
      }
    }
    double sum = 0;
    for (int e = 0; e < EXPERTS; e++) {
      sum += choices[e] * shares[e];
    }
    return LOAD * EXPERTS * sum + Z * squares;
  }

  @Test
  void stepOfUnknownSizeHasNoMean() {
    try (var arena = TensorMemory.unlimited().open("test")) {
      var routing = new Routing(Scoring.SOFTMAX, 2, true);
      var scores = arena.floats(ROWS, EXPERTS);
      var router = routed(scores, routing);
      var balance = new ExpertBalance(1, 1, EXPERTS, new ExpertBalance.Losses(0, 1));
      balance.begin();
      var matrix = Matrix.of(scores);
      var thrown =
          assertThrows(
              IllegalStateException.class, () -> balance.backward(0, router, matrix, matrix));
      assertEquals("nobody says how many rows the step has", thrown.getMessage());
    }
  }
}
