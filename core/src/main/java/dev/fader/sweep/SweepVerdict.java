package dev.fader.sweep;

import dev.fader.evaluate.interval.Interval;
import dev.fader.sweep.SweepRun.Purpose;
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
/// @param doubts why it should not be relied on, in words; empty if nothing speaks against it
public record SweepVerdict(
    List<SweepResult> results, Optional<ScalingFit> fit, List<String> doubts) {
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
      return new SweepVerdict(results, Optional.empty(), List.of(missing.get()));
    }
    var fit = ScalingFit.of(trials, SEED);
    var doubts = new ArrayList<String>();
    fit.doubt(budget).ifPresent(doubts::add);
    edge(ladder).ifPresent(doubts::add);
    hindsight(ladder).ifPresent(doubts::add);
    return new SweepVerdict(results, Optional.of(fit), doubts);
  }

  private static boolean isOfLadder(SweepResult result) {
    return result.purpose() == Purpose.LADDER && result.isWhole();
  }

  /// Whether the smaller budgets alone would have told of the best run of the largest: a law that
  /// does not reach so far reaches no farther.
  private static Optional<String> hindsight(List<SweepResult> ladder) {
    double largest = ladder.stream().mapToDouble(SweepResult::budget).max().orElse(0);
    var smaller =
        ladder.stream()
            .filter(result -> result.budget() < largest)
            .map(SweepResult::trial)
            .toList();
    if (ScalingFit.missing(smaller).isPresent()) {
      return Optional.empty();
    }
    var best =
        ladder.stream()
            .filter(result -> result.budget() == largest)
            .min(Comparator.comparingDouble(SweepResult::loss))
            .orElseThrow();
    double told = ScalingFit.of(smaller, SEED).law().loss(best.size(), best.tokens());
    if (Math.abs(told / best.loss() - 1) <= MOST_OFF) {
      return Optional.empty();
    }
    return Optional.of(
        String.format(
            Locale.ROOT,
            "from the smaller budgets alone the best run of the largest would have %.3f, and it has %.3f:"
                + " the law does not reach beyond what was tried",
            told,
            best.loss()));
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

  /// How far the loss of a run is from what the law says of it, as a share of the loss.
  ///
  /// @throws IllegalStateException if there is no law
  public double error(Trial trial) {
    var law = fit.orElseThrow(() -> new IllegalStateException("too few runs show no law"));
    return law.law().loss(trial.size(), trial.tokens()) / trial.loss() - 1;
  }
}
