package dev.fader.sweep;

import dev.fader.evaluate.interval.Interval;
import dev.fader.sweep.SweepRun.Purpose;
import dev.fader.sweep.law.Frontier;
import dev.fader.sweep.law.ScalingFit;
import dev.fader.sweep.law.ScalingLaw;
import dev.fader.sweep.law.Trial;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeMap;

/// What the results of a sweep say.
///
/// @param results of all runs, the check left out
/// @param fit the law that the ladder's runs follow; empty if they are too few
/// @param frontier the best of each budget; empty if too few budgets have enough sizes
/// @param hindsight how well each would have foretold the best of the largest budget
/// @param doubts why it should not be relied on, in words; empty if nothing speaks against it
public record SweepVerdict(
    List<SweepResult> results,
    Optional<ScalingFit> fit,
    Optional<Frontier> frontier,
    Hindsight hindsight,
    List<String> doubts) {
  /// How far from the best of the largest budget each would have been, had it known the smaller
  /// budgets alone, as a share of that loss; NaN where these are too few.
  public record Hindsight(double law, double frontier) {
    private static final Hindsight NONE = new Hindsight(Double.NaN, Double.NaN);

    /// Whether the frontier was nearer.
    boolean speaksForFrontier() {
      return Double.isFinite(frontier)
          && !(Double.isFinite(law) && Math.abs(law) <= Math.abs(frontier));
    }
  }

  private static final long SEED = 1;

  /// Of a loss that a law foretells, as a share of it.
  private static final double MOST_OFF = 0.02;

  public SweepVerdict {
    results = List.copyOf(results);
    doubts = List.copyOf(doubts);
  }

  /// What a budget is spent best on, and what it comes to.
  ///
  /// @param sizes where the best size is likely to be
  /// @param losses where the loss is likely to be
  public record Prediction(
      double flops, ScalingLaw.Optimum optimum, Interval sizes, Interval losses) {}

  /// Judges results.
  ///
  /// @param budget that a prediction is wanted for
  public static SweepVerdict of(List<SweepResult> results, double budget) {
    var ladder = results.stream().filter(SweepVerdict::isOfLadder).toList();
    var trials = ladder.stream().map(SweepResult::trial).toList();
    var missing = ScalingFit.missing(trials);
    if (missing.isPresent()) {
      return new SweepVerdict(
          results, Optional.empty(), Optional.empty(), Hindsight.NONE, List.of(missing.get()));
    }
    var fit = ScalingFit.of(trials, SEED);
    var frontier = Frontier.of(trials, ladder.stream().map(SweepResult::budget).toList());
    var hindsight = hindsight(ladder, frontier);
    var doubts = new ArrayList<String>();
    if (!hindsight.speaksForFrontier()) {
      fit.doubt(budget).ifPresent(doubts::add);
    }
    edge(ladder).ifPresent(doubts::add);
    reach(hindsight).ifPresent(doubts::add);
    return new SweepVerdict(results, Optional.of(fit), frontier, hindsight, doubts);
  }

  private static boolean isOfLadder(SweepResult result) {
    return result.purpose() == Purpose.LADDER && result.isWhole();
  }

  /// Whether the smaller budgets alone would have told of the best of the largest.
  private static Hindsight hindsight(List<SweepResult> ladder, Optional<Frontier> frontier) {
    double largest = ladder.stream().mapToDouble(SweepResult::budget).max().orElse(0);
    var smaller =
        ladder.stream()
            .filter(result -> result.budget() < largest)
            .map(SweepResult::trial)
            .toList();
    double law = Double.NaN;
    if (ScalingFit.missing(smaller).isEmpty()) {
      var best =
          ladder.stream()
              .filter(result -> result.budget() == largest)
              .min(Comparator.comparingDouble(SweepResult::loss))
              .orElseThrow();
      law = ScalingFit.of(smaller, SEED).law().loss(best.size(), best.tokens()) / best.loss() - 1;
    }
    var before = frontier.flatMap(Frontier::withoutLargest);
    double line =
        before.isEmpty()
            ? Double.NaN
            : before.get().loss(largest) / frontier.orElseThrow().points().getLast().loss() - 1;
    return new Hindsight(law, line);
  }

  /// What does not reach to the largest budget reaches no farther.
  private static Optional<String> reach(Hindsight hindsight) {
    double off = hindsight.speaksForFrontier() ? hindsight.frontier() : hindsight.law();
    if (!(Math.abs(off) > MOST_OFF)) {
      return Optional.empty();
    }
    return Optional.of(
        String.format(
            Locale.ROOT,
            "from the smaller budgets alone the best run of the largest would have been foretold %.1f %% too"
                + " %s: what was found does not reach beyond what was tried",
            100 * Math.abs(off),
            off > 0 ? "high" : "low"));
  }

  /// Where the largest or smallest size was best at every budget, the best may lie beyond.
  private static Optional<String> edge(List<SweepResult> ladder) {
    var byBudget = new TreeMap<Double, List<SweepResult>>();
    ladder.forEach(
        result -> byBudget.computeIfAbsent(result.budget(), _ -> new ArrayList<>()).add(result));
    boolean smallest = true;
    boolean largest = true;
    for (var runs : byBudget.values()) {
      var best = runs.stream().min(Comparator.comparingDouble(SweepResult::loss)).orElseThrow();
      smallest &= runs.stream().noneMatch(run -> run.size() < best.size());
      largest &= runs.stream().noneMatch(run -> run.size() > best.size());
    }
    if (!smallest && !largest) {
      return Optional.empty();
    }
    return Optional.of(
        "the %s size was the best at every budget, so the best may lie beyond: try %s sizes"
            .formatted(smallest ? "smallest" : "largest", smallest ? "smaller" : "larger"));
  }

  /// The best use of a budget by the law.
  ///
  /// @throws IllegalStateException if there is none
  public Prediction predict(double flops) {
    var law = fit.orElseThrow(() -> new IllegalStateException("too few runs show no law"));
    return new Prediction(
        flops,
        law.law().optimum(flops),
        law.interval(other -> other.optimum(flops).size()),
        law.interval(other -> other.optimum(flops).loss()));
  }

  /// Whether a larger budget is foretold by the best of each budget and not by the law: by what
  /// would have foretold the largest budget better.
  public boolean isByFrontier() {
    return hindsight.speaksForFrontier();
  }

  /// The size that a budget is spent best on, by what its loss is expected by.
  ///
  /// @throws IllegalStateException if there is no law
  public double bestSize(double flops) {
    var law = fit.orElseThrow(() -> new IllegalStateException("too few runs show no law"));
    return isByFrontier() ? frontier.orElseThrow().size(flops) : law.law().optimum(flops).size();
  }

  /// The loss that is expected of a run of about the best size for its budget.
  ///
  /// @throws IllegalStateException if there is no law
  public double expected(double size, double tokens) {
    var law = fit.orElseThrow(() -> new IllegalStateException("too few runs show no law"));
    return isByFrontier()
        ? frontier.orElseThrow().loss(ScalingLaw.OPERATIONS * size * tokens)
        : law.law().loss(size, tokens);
  }

  /// How far the loss of a run is from what is expected of it, as a share of the loss.
  ///
  /// @throws IllegalStateException if there is no law
  public double error(Trial trial) {
    return expected(trial.size(), trial.tokens()) / trial.loss() - 1;
  }
}
