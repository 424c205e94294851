package dev.fader.sweep.law;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Finds the law with the smallest Huber loss of the logarithms of losses (Hoffmann et al. 2022,
/// section 3.3): a run that went wrong pulls no harder than its distance, not its square.
///
/// Sizes and tokens are taken in units of their geometric means, so that the five unknowns, log E,
/// log A, log B, alpha and beta, are of like magnitude. For given exponents the rest is a linear
/// problem, whose solutions over a grid of exponents are where the search begins: from a single
/// start it often ends in a local minimum, which the published fit of that paper is said to have
/// done (Besiroglu et al. 2024). From there by Levenberg and Marquardt, each residual weighed by
/// its Huber weight.
final class LawSearch {
  /// Where a residual's weight begins to fall: a thousandth of the loss.
  private static final double HUBER = 1e-3;

  private static final double[] EXPONENTS = {0.05, 0.1, 0.2, 0.3, 0.4, 0.55, 0.75, 1, 1.4};
  private static final double LOWEST_EXPONENT = 0.01;
  private static final double HIGHEST_EXPONENT = 3;

  /// Of log E, log A and log B; a term this small is none.
  private static final double LOWEST_LOGARITHM = -30;

  private static final int STARTS = 8;
  private static final int MOST_STEPS = 300;
  private static final int UNKNOWNS = 5;

  private final double sizeUnit;
  private final double tokenUnit;
  private final double[] sizes; // logarithms, in units
  private final double[] tokens;

  LawSearch(List<Trial> trials) {
    sizes = trials.stream().mapToDouble(trial -> Math.log(trial.size())).toArray();
    tokens = trials.stream().mapToDouble(trial -> Math.log(trial.tokens())).toArray();
    sizeUnit = centre(sizes);
    tokenUnit = centre(tokens);
  }

  private static double centre(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value;
    }
    double mean = sum / values.length;
    for (int i = 0; i < values.length; i++) {
      values[i] -= mean;
    }
    return mean;
  }

  /// A law and its distance from the losses.
  ///
  /// @param unknowns of the search, in its units: a start for another
  @SuppressWarnings("ArrayRecordComponent") // passed on, never compared
  record Found(double[] unknowns, double distance) {}

  /// From a grid of starts.
  Found search(double[] logLosses) {
    var starts = new ArrayList<Found>();
    for (double sizeExponent : EXPONENTS) {
      for (double tokenExponent : EXPONENTS) {
        var start = linear(sizeExponent, tokenExponent, logLosses);
        starts.add(new Found(start, distance(start, logLosses)));
      }
    }
    starts.sort(Comparator.comparingDouble(Found::distance));
    return starts.stream()
        .limit(STARTS)
        .map(start -> descend(start.unknowns(), logLosses))
        .min(Comparator.comparingDouble(Found::distance))
        .orElseThrow();
  }

  /// From one start.
  Found descend(double[] start, double[] logLosses) {
    var best = start.clone();
    double distance = distance(best, logLosses);
    double damping = 1e-3;
    for (int step = 0; step < MOST_STEPS && damping < 1e12; step++) {
      var next = step(best, logLosses, damping);
      double reached = distance(next, logLosses);
      if (reached < distance) {
        boolean done = distance - reached <= 1e-14 * distance;
        best = next;
        distance = reached;
        damping = Math.max(1e-12, damping / 5);
        if (done) {
          break;
        }
      } else {
        damping *= 4;
      }
    }
    return new Found(best, distance);
  }

  ScalingLaw law(double[] unknowns) {
    return new ScalingLaw(
        Math.exp(unknowns[0]),
        Math.exp(unknowns[1] + unknowns[3] * sizeUnit),
        unknowns[3],
        Math.exp(unknowns[2] + unknowns[4] * tokenUnit),
        unknowns[4]);
  }

  /// Whether an exponent went as far as it may, or has no term that it is of: then the trials do
  /// not say what it is.
  static boolean isUndetermined(double[] unknowns) {
    if (unknowns[1] <= LOWEST_LOGARITHM || unknowns[2] <= LOWEST_LOGARITHM) {
      return true;
    }
    for (int i = 3; i < UNKNOWNS; i++) {
      if (unknowns[i] <= LOWEST_EXPONENT || unknowns[i] >= HIGHEST_EXPONENT) {
        return true;
      }
    }
    return false;
  }

  /// The logarithm of the expected loss of a trial.
  double logLoss(double[] unknowns, int trial) {
    return Math.log(
        Math.exp(unknowns[0])
            + Math.exp(unknowns[1] - unknowns[3] * sizes[trial])
            + Math.exp(unknowns[2] - unknowns[4] * tokens[trial]));
  }

  private double distance(double[] unknowns, double[] logLosses) {
    double sum = 0;
    for (int i = 0; i < sizes.length; i++) {
      double off = Math.abs(logLoss(unknowns, i) - logLosses[i]);
      sum += off <= HUBER ? off * off / 2 : HUBER * (off - HUBER / 2);
    }
    return sum;
  }

  private double[] step(double[] unknowns, double[] logLosses, double damping) {
    var normal = new double[UNKNOWNS][UNKNOWNS];
    var slope = new double[UNKNOWNS];
    var slopes = new double[UNKNOWNS];
    for (int i = 0; i < sizes.length; i++) {
      double noLess = Math.exp(unknowns[0]);
      double small = Math.exp(unknowns[1] - unknowns[3] * sizes[i]);
      double little = Math.exp(unknowns[2] - unknowns[4] * tokens[i]);
      double loss = noLess + small + little;
      slopes[0] = noLess / loss;
      slopes[1] = small / loss;
      slopes[2] = little / loss;
      slopes[3] = -sizes[i] * slopes[1];
      slopes[4] = -tokens[i] * slopes[2];
      double off = Math.log(loss) - logLosses[i];
      double weight = Math.abs(off) <= HUBER ? 1 : HUBER / Math.abs(off);
      for (int row = 0; row < UNKNOWNS; row++) {
        slope[row] -= weight * slopes[row] * off;
        for (int column = 0; column < UNKNOWNS; column++) {
          normal[row][column] += weight * slopes[row] * slopes[column];
        }
      }
    }
    for (int i = 0; i < UNKNOWNS; i++) {
      normal[i][i] += damping * Math.max(normal[i][i], 1e-6);
    }
    var change = solve(normal, slope);
    var next = new double[UNKNOWNS];
    for (int i = 0; i < UNKNOWNS; i++) {
      double value = unknowns[i] + change[i];
      next[i] =
          i < 3
              ? Math.max(LOWEST_LOGARITHM, value)
              : Math.clamp(value, LOWEST_EXPONENT, HIGHEST_EXPONENT);
    }
    return next;
  }

  /// E, A and B for these exponents, none below zero, by least squares of the relative errors: the
  /// best of the seven ways to leave some of them out.
  private double[] linear(double sizeExponent, double tokenExponent, double[] logLosses) {
    var best = new double[] {0, LOWEST_LOGARITHM, LOWEST_LOGARITHM, sizeExponent, tokenExponent};
    double lowest = Double.POSITIVE_INFINITY;
    for (int terms = 1; terms < 8; terms++) {
      var candidate = linear(terms, sizeExponent, tokenExponent, logLosses);
      double distance = distance(candidate, logLosses);
      if (distance < lowest) {
        lowest = distance;
        best = candidate;
      }
    }
    return best;
  }

  /// @param terms a bit for each that is not left out
  private double[] linear(
      int terms, double sizeExponent, double tokenExponent, double[] logLosses) {
    int count = Integer.bitCount(terms);
    var normal = new double[count][count];
    var right = new double[count];
    var parts = new double[count];
    for (int i = 0; i < sizes.length; i++) {
      double loss = Math.exp(logLosses[i]);
      int part = 0;
      for (int term = 0; term < 3; term++) {
        if ((terms >> term & 1) == 1) {
          double exponent =
              switch (term) {
                case 0 -> 0;
                case 1 -> -sizeExponent * sizes[i];
                default -> -tokenExponent * tokens[i];
              };
          parts[part++] = Math.exp(exponent) / loss;
        }
      }
      for (int row = 0; row < count; row++) {
        right[row] += parts[row];
        for (int column = 0; column < count; column++) {
          normal[row][column] += parts[row] * parts[column];
        }
      }
    }
    for (int i = 0; i < count; i++) {
      normal[i][i] *= 1 + 1e-12;
    }
    var solution = solve(normal, right);
    var unknowns =
        new double[] {
          LOWEST_LOGARITHM, LOWEST_LOGARITHM, LOWEST_LOGARITHM, sizeExponent, tokenExponent
        };
    int part = 0;
    for (int term = 0; term < 3; term++) {
      if ((terms >> term & 1) == 1) {
        double value = solution[part++];
        unknowns[term] = value > 0 ? Math.max(LOWEST_LOGARITHM, Math.log(value)) : LOWEST_LOGARITHM;
      }
    }
    return unknowns;
  }

  /// Gauss's elimination with the largest pivot of each column. A column without one gets zero.
  static double[] solve(double[][] matrix, double[] right) {
    int count = right.length;
    for (int column = 0; column < count; column++) {
      int pivot = column;
      for (int row = column + 1; row < count; row++) {
        if (Math.abs(matrix[row][column]) > Math.abs(matrix[pivot][column])) {
          pivot = row;
        }
      }
      var swapped = matrix[pivot];
      matrix[pivot] = matrix[column];
      matrix[column] = swapped;
      double value = right[pivot];
      right[pivot] = right[column];
      right[column] = value;
      if (matrix[column][column] == 0) {
        continue;
      }
      for (int row = column + 1; row < count; row++) {
        double factor = matrix[row][column] / matrix[column][column];
        for (int i = column; i < count; i++) {
          matrix[row][i] -= factor * matrix[column][i];
        }
        right[row] -= factor * right[column];
      }
    }
    var solution = new double[count];
    for (int row = count - 1; row >= 0; row--) {
      double sum = right[row];
      for (int i = row + 1; i < count; i++) {
        sum -= matrix[row][i] * solution[i];
      }
      solution[row] = matrix[row][row] == 0 ? 0 : sum / matrix[row][row];
    }
    return solution;
  }
}
