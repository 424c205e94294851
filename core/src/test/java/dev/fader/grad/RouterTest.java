package dev.fader.grad;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fader.grad.Routing.Scoring;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RouterTest {
  private static final long SEED = 3;
  private static final int ROWS = 13;
  private static final int EXPERTS = 6;

  private final TensorArena arena = TensorMemory.unlimited().open("test");
  private final SplittableRandom random = new SplittableRandom(SEED);

  @AfterEach
  void close() {
    arena.close();
  }

  private Tensor row(double... values) {
    var tensor = arena.floats(1, values.length);
    for (int i = 0; i < values.length; i++) {
      tensor.set(i, (float) values[i]);
    }
    return tensor;
  }

  private static int[] experts(Router router) {
    var experts = new int[router.places()];
    Arrays.setAll(experts, router::expert);
    return experts;
  }

  private static Router routed(Matrix scores, Routing routing, Optional<Tensor> correction) {
    var router = new Router(scores.rows(), scores.columns(), routing);
    router.route(scores, correction);
    return router;
  }

  private static double[] weights(Router router) {
    var weights = new double[router.places()];
    Arrays.setAll(weights, router::weight);
    return weights;
  }

  /// `ln n` as a score is a share of n.
  @Test
  void bestExpertsAreChosenAndWeighed() {
    var scores = Matrix.of(row(Math.log(1), Math.log(4), Math.log(2), Math.log(3)));
    var plain = routed(scores, new Routing(Scoring.SOFTMAX, 2, false), Optional.empty());
    assertArrayEquals(new int[] {1, 3}, experts(plain));
    assertArrayEquals(new double[] {0.4, 0.3}, weights(plain), 1e-6);
    var normalized = routed(scores, new Routing(Scoring.SOFTMAX, 2, true), Optional.empty());
    assertArrayEquals(new double[] {4 / 7.0, 3 / 7.0}, weights(normalized), 1e-6);
    var sigmoid = new Routing(Scoring.SIGMOID, 2, false, 10, 1, 1);
    assertArrayEquals(
        new double[] {8, 7.5}, weights(routed(scores, sigmoid, Optional.empty())), 1e-5);
  }

  /// The corrected choice is weighed without its correction.
  @Test
  void correctionChangesChoiceNotWeight() {
    var scores = Matrix.of(row(0, Math.log(4), 0, Math.log(3)));
    var routing = new Routing(Scoring.SIGMOID, 2, false);
    var router = routed(scores, routing, Optional.of(row(0, 0, 1, 0)));
    assertArrayEquals(new int[] {2, 1}, experts(router));
    assertArrayEquals(new double[] {0.5, 0.8}, weights(router), 1e-6);
  }

  /// Of the pairs (0, 1), (2, 3) and (4, 5) the last two have the best two experts together, the
  /// first and the last the best one.
  @Test
  void groupsAreChosenBeforeExperts() {
    var scores = Matrix.of(row(3, -9, 1, 0.9, 2.5, 2));
    var two = new Routing(Scoring.SIGMOID, 2, false, 1, 3, 2);
    assertArrayEquals(new int[] {4, 5}, experts(routed(scores, two, Optional.empty())));
    var best = new Routing(Scoring.SOFTMAX, 2, false, 1, 3, 1);
    assertArrayEquals(new int[] {0, 1}, experts(routed(scores, best, Optional.empty())));
  }

  /// Central differences of sum(slope * weight) where no choice is near its border. A step of 1e-3
  /// leaves an error of 1e-6 from curvature, and float32 weights one of 1e-4.
  @Test
  void backwardMatchesCentralDifferences() {
    for (var routing :
        List.of(
            new Routing(Scoring.SOFTMAX, 3, false),
            new Routing(Scoring.SOFTMAX, 3, true, 1.5f, 1, 1),
            new Routing(Scoring.SIGMOID, 2, false, 2, 3, 2),
            new Routing(Scoring.SIGMOID, 3, true, 2, 3, 2))) {
      var scores = arena.floats(ROWS, EXPERTS);
      for (int r = 0; r < ROWS; r++) {
        for (int e = 0; e < EXPERTS; e++) {
          scores.set(
              (long) r * EXPERTS + e,
              (float) (0.5 * ((e + r) % EXPERTS) + 0.2 * random.nextDouble()));
        }
      }
      var router = routed(Matrix.of(scores), routing, Optional.empty());
      var slopes = random.doubles(router.places(), -1, 1).toArray();
      var gradient = arena.floats(ROWS, EXPERTS);
      router.backward(slopes, Matrix.of(gradient));
      for (int i = 0; i < scores.elements(); i++) {
        float before = scores.get(i);
        scores.set(i, before + 1e-3f);
        double above = weighed(scores, routing, slopes);
        scores.set(i, before - 1e-3f);
        double below = weighed(scores, routing, slopes);
        scores.set(i, before);
        assertEquals((above - below) / 2e-3, gradient.get(i), 5e-4, routing + ", seed " + SEED);
      }
    }
  }

  private static double weighed(Tensor scores, Routing routing, double[] slopes) {
    var router = routed(Matrix.of(scores), routing, Optional.empty());
    double sum = 0;
    for (int place = 0; place < slopes.length; place++) {
      sum += slopes[place] * router.weight(place);
    }
    return sum;
  }
}
