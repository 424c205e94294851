package dev.fader.sweep.law;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/// The best that each budget came to, and the power of arithmetic that it falls with.
///
/// At each budget a parabola goes through the logarithms of losses by those of sizes; its lowest
/// point is the best use of the budget (the second approach of Hoffmann et al. 2022). Through these
/// points goes a straight line, of loss and of size by arithmetic (Kaplan et al. 2020). There is no
/// term for what nothing can learn, which small runs do not show: far beyond the largest budget the
/// loss is higher than this says.
///
/// @param points one for each budget that has enough sizes, budgets ascending
public record Frontier(List<Point> points) {
  /// Sizes of a budget for its parabola, and budgets for the line, at least.
  private static final int FEWEST = 3;

  /// The best use of a budget.
  ///
  /// @param size that the parabola is lowest at, within those that were tried
  /// @param loss there
  public record Point(double flops, double size, double loss) {}

  public Frontier {
    points = List.copyOf(points);
  }

  /// The best of each budget.
  ///
  /// @param budgets of the trials, in their order
  /// @return empty if fewer than three budgets have three sizes
  /// @throws IllegalArgumentException if there are not as many of both
  public static Optional<Frontier> of(List<Trial> trials, List<Double> budgets) {
    if (trials.size() != budgets.size()) {
      throw new IllegalArgumentException(
          "%d trials and %d budgets: each trial has one".formatted(trials.size(), budgets.size()));
    }
    var byBudget = new TreeMap<Double, List<Trial>>();
    for (int i = 0; i < trials.size(); i++) {
      byBudget.computeIfAbsent(budgets.get(i), _ -> new ArrayList<>()).add(trials.get(i));
    }
    var points = new ArrayList<Point>();
    byBudget.forEach((budget, of) -> {
      if (of.stream().mapToDouble(Trial::size).distinct().count() >= FEWEST) {
        points.add(lowest(budget, of));
      }
    });
    return points.size() < FEWEST ? Optional.empty() : Optional.of(new Frontier(points));
  }

  private static Point lowest(double budget, List<Trial> trials) {
    var best = trials.stream().min(Comparator.comparingDouble(Trial::loss)).orElseThrow();
    double unit = Math.log(best.size());
    // Sums of the powers of sizes up to the fourth, and of losses with those up to the second.
    var powers = new double[5];
    var losses = new double[3];
    for (var trial : trials) {
      double x = Math.log(trial.size()) - unit;
      double power = 1;
      for (int i = 0; i < powers.length; i++) {
        powers[i] += power;
        if (i < losses.length) {
          losses[i] += power * Math.log(trial.loss());
        }
        power *= x;
      }
    }
    var normal = new double[3][3];
    for (int row = 0; row < 3; row++) {
      System.arraycopy(powers, row, normal[row], 0, 3);
    }
    var parabola = LawSearch.solve(normal, losses);
    if (!(parabola[2] > 0)) { // no lowest point: what was tried is all that is known
      return new Point(budget, best.size(), best.loss());
    }
    double smallest = trials.stream().mapToDouble(Trial::size).min().orElseThrow();
    double largest = trials.stream().mapToDouble(Trial::size).max().orElseThrow();
    double at =
        Math.clamp(
            -parabola[1] / (2 * parabola[2]), Math.log(smallest) - unit, Math.log(largest) - unit);
    double loss = parabola[0] + at * (parabola[1] + at * parabola[2]);
    return new Point(budget, Math.exp(at + unit), Math.exp(loss));
  }

  /// The expected loss at the best use of a budget.
  public double loss(double flops) {
    return line(flops, points.stream().mapToDouble(Point::loss).toArray());
  }

  /// The size that a budget is spent best on.
  public double size(double flops) {
    return line(flops, points.stream().mapToDouble(Point::size).toArray());
  }

  /// By the straight line, in logarithms, with the smallest squares.
  private double line(double flops, double[] values) {
    double meanAcross = 0;
    double meanUp = 0;
    for (int i = 0; i < values.length; i++) {
      meanAcross += Math.log(points.get(i).flops()) / values.length;
      meanUp += Math.log(values[i]) / values.length;
    }
    double product = 0;
    double square = 0;
    for (int i = 0; i < values.length; i++) {
      double across = Math.log(points.get(i).flops()) - meanAcross;
      product += across * (Math.log(values[i]) - meanUp);
      square += across * across;
    }
    return Math.exp(meanUp + product / square * (Math.log(flops) - meanAcross));
  }

  /// The frontier of all budgets but the largest; empty if these are too few.
  public Optional<Frontier> withoutLargest() {
    return points.size() <= FEWEST
        ? Optional.empty()
        : Optional.of(new Frontier(points.subList(0, points.size() - 1)));
  }
}
