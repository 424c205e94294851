package dev.fader.grad;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.tensor.Tensor;
import java.util.Arrays;
import java.util.Optional;

/// Which experts each row goes to and with what weights, and the gradient of that choice. A chosen
/// expert is found again by its place: row times experts per token, plus its rank.
final class Router {
  private static final double LEAST_SUM = 1e-20;

  private final Routing routing;
  private final int rows;
  private final int experts;
  private final double[] merits; // (experts)
  private final double[] best; // (groups)
  private final boolean[] stays; // (groups)
  private double[] probabilities = {}; // (rows, experts)
  private int[] chosen = {}; // (rows, perToken)
  private float[] weights = {}; // (rows, perToken)

  /// A router that has chosen nothing yet.
  Router(int rows, int experts, Routing routing) {
    this.routing = routing;
    this.rows = rows;
    this.experts = experts;
    this.merits = new double[experts];
    this.best = new double[routing.groups()];
    this.stays = new boolean[routing.groups()];
  }

  /// Chooses by `scores` (rows, experts).
  void route(Matrix scores, Optional<Tensor> correction) {
    if (chosen.length == 0) { // not before, since plans make routers that route nothing
      probabilities = new double[Math.multiplyExact(rows, experts)];
      chosen = new int[places()];
      weights = new float[places()];
    }
    for (int row = 0; row < rows; row++) {
      setProbabilities(scores, row);
      for (int e = 0; e < experts; e++) {
        double added = correction.isPresent() ? correction.get().get(e) : 0;
        merits[e] = probabilities[row * experts + e] + added;
      }
      leaveGroups(merits);
      choose(merits, row);
    }
  }

  private void setProbabilities(Matrix scores, int row) {
    int start = row * experts;
    double largest = Double.NEGATIVE_INFINITY;
    for (int e = 0; e < experts; e++) {
      largest = Math.max(largest, scores.get(row, e));
    }
    double sum = 0;
    for (int e = 0; e < experts; e++) {
      double score = scores.get(row, e);
      double probability =
          switch (routing.scoring()) {
            case SOFTMAX -> Math.exp(score - largest);
            case SIGMOID -> 1 / (1 + Math.exp(-score));
          };
      probabilities[start + e] = probability;
      sum += probability;
    }
    if (routing.scoring() == Routing.Scoring.SOFTMAX) {
      for (int e = 0; e < experts; e++) {
        probabilities[start + e] /= sum;
      }
    }
  }

  /// Takes the experts of all but the best groups out of the choice.
  private void leaveGroups(double[] merits) {
    if (routing.groupsPerToken() == routing.groups()) {
      return;
    }
    int size = experts / routing.groups();
    Arrays.fill(stays, false);
    for (int group = 0; group < best.length; group++) {
      best[group] = merit(merits, group * size, size);
    }
    for (int i = 0; i < routing.groupsPerToken(); i++) {
      int group = largest(best);
      stays[group] = true;
      best[group] = Double.NEGATIVE_INFINITY;
    }
    for (int e = 0; e < experts; e++) {
      merits[e] = stays[e / size] ? merits[e] : Double.NEGATIVE_INFINITY;
    }
  }

  /// The best expert of a group, or the best two together.
  private double merit(double[] merits, int start, int size) {
    double first = Double.NEGATIVE_INFINITY;
    double second = Double.NEGATIVE_INFINITY;
    for (int e = start; e < start + size; e++) {
      second = Math.max(second, Math.min(first, merits[e]));
      first = Math.max(first, merits[e]);
    }
    boolean alone = routing.scoring() == Routing.Scoring.SOFTMAX || size == 1;
    return alone ? first : first + second;
  }

  private void choose(double[] merits, int row) {
    int start = row * routing.perToken();
    double sum = 0;
    for (int i = 0; i < routing.perToken(); i++) {
      int expert = largest(merits);
      merits[expert] = Double.NEGATIVE_INFINITY;
      chosen[start + i] = expert;
      sum += probabilities[row * experts + expert];
    }
    double divisor = routing.normalized() ? sum + LEAST_SUM : 1;
    for (int i = 0; i < routing.perToken(); i++) {
      double probability = probabilities[row * experts + chosen[start + i]];
      weights[start + i] = (float) (routing.scale() * probability / divisor);
    }
  }

  /// The first of the largest.
  private static int largest(double[] values) {
    int best = 0;
    for (int i = 1; i < values.length; i++) {
      best = values[i] > values[best] ? i : best;
    }
    return best;
  }

  /// The expert of a place.
  int expert(int place) {
    return chosen[place];
  }

  /// The weight of a place.
  float weight(int place) {
    return weights[place];
  }

  int places() {
    return Math.multiplyExact(rows, routing.perToken());
  }

  int perToken() {
    return routing.perToken();
  }

  /// What the score of an expert became, by itself or, in a softmax, beside the others.
  double probability(int row, int expert) {
    return probabilities[row * experts + expert];
  }

  /// Of the probabilities of a row: 1, but for rounding, where they are a softmax.
  double sum(int row) {
    double sum = 0;
    for (int e = 0; e < experts; e++) {
      sum += probability(row, e);
    }
    return sum;
  }

  /// Adds to the gradient of a row's scores what slopes of its experts' shares say: a share is a
  /// probability divided by the [#sum] of the row.
  ///
  /// @param slopes by expert
  /// @param gradient (rows, experts)
  void addShareSlopes(int row, double[] slopes, Matrix gradient) {
    double sum = sum(row);
    double mean = 0;
    for (int e = 0; e < experts; e++) {
      mean += slopes[e] * probability(row, e) / sum;
    }
    for (int e = 0; e < experts; e++) {
      double p = probability(row, e);
      double slope =
          switch (routing.scoring()) {
            case SOFTMAX -> p;
            case SIGMOID -> p * (1 - p) / sum;
          };
      add(gradient, row, e, (slopes[e] - mean) * slope);
    }
  }

  /// Adds to the gradient of the scores what the gradients of the weights say.
  ///
  /// @param slopes by place
  /// @param gradient (rows, experts)
  void backward(double[] slopes, Matrix gradient) {
    var outer = new double[routing.perToken()];
    for (int row = 0; row < rows; row++) {
      int start = row * routing.perToken();
      double sum = 0;
      double inner = 0;
      for (int i = 0; i < outer.length; i++) {
        double probability = probabilities[row * experts + chosen[start + i]];
        outer[i] = routing.scale() * slopes[start + i];
        sum += probability;
        inner += outer[i] * probability;
      }
      if (routing.normalized()) {
        double divisor = sum + LEAST_SUM;
        double mean = inner / divisor;
        Arrays.setAll(outer, i -> (outer[i] - mean) / divisor);
      }
      addScoreSlopes(row, outer, gradient);
    }
  }

  private void addScoreSlopes(int row, double[] outer, Matrix gradient) {
    int start = row * routing.perToken();
    double mean = 0;
    for (int i = 0; i < outer.length; i++) {
      mean += outer[i] * probabilities[row * experts + chosen[start + i]];
    }
    for (int e = 0; e < experts; e++) {
      double p = probabilities[row * experts + e];
      if (routing.scoring() == Routing.Scoring.SOFTMAX) {
        add(gradient, row, e, -p * mean);
      }
    }
    for (int i = 0; i < outer.length; i++) {
      int e = chosen[start + i];
      double p = probabilities[row * experts + e];
      double slope = routing.scoring() == Routing.Scoring.SOFTMAX ? p : p * (1 - p);
      add(gradient, row, e, outer[i] * slope);
    }
  }

  private static void add(Matrix gradient, int row, int column, double slope) {
    gradient.set(row, column, (float) (gradient.get(row, column) + slope));
  }
}
