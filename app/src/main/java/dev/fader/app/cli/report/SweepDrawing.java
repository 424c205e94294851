package dev.fader.app.cli.report;

import dev.fader.sweep.SweepResult;
import dev.fader.sweep.SweepRun.Purpose;
import dev.fader.sweep.SweepVerdict;
import dev.fader.sweep.law.ScalingLaw;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;

/// What a sweep found, drawn on white, as a picture that stands by itself.
public record SweepDrawing(String title, String svg) {
  /// Told apart by people who see few colours, too (Okabe and Ito 2008).
  private static final List<String> COLOURS =
      List.of("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9");

  /// Losses by size and by arithmetic; none where nothing of the ladder is done.
  ///
  /// @param checks the larger run, if there was one
  /// @param wanted the budget that was predicted for
  public static List<SweepDrawing> of(
      SweepVerdict verdict, List<SweepResult> checks, double wanted) {
    var ladder = ladder(verdict);
    return ladder.isEmpty()
        ? List.of()
        : List.of(
            new SweepDrawing("Loss by size, at equal arithmetic", bySize(verdict, ladder)),
            new SweepDrawing("Loss by arithmetic", byBudget(verdict, ladder, checks, wanted)));
  }

  private static List<SweepResult> ladder(SweepVerdict verdict) {
    return verdict.results().stream()
        .filter(result -> result.purpose() == Purpose.LADDER && result.isWhole())
        .toList();
  }

  /// A curve for each budget: too small a model on the left, too short a run on the right.
  private static String bySize(SweepVerdict verdict, List<SweepResult> ladder) {
    var byBudget = new TreeMap<Double, List<SweepResult>>();
    ladder.forEach(
        result -> byBudget.computeIfAbsent(result.budget(), _ -> new ArrayList<>()).add(result));
    var plot = new Plot("size", "validation loss");
    int series = 0;
    for (var entry : byBudget.entrySet()) {
      var colour = COLOURS.get(series++ % COLOURS.size());
      var runs =
          entry.getValue().stream().sorted(Comparator.comparingDouble(SweepResult::size)).toList();
      runs.forEach(run -> plot.point(run.size(), run.loss(), colour, run.name()));
      if (verdict.fit().isPresent()) {
        var law = verdict.fit().get().law();
        double pairs = entry.getKey() / ScalingLaw.OPERATIONS;
        plot.curve(
            runs.getFirst().size() / 1.5,
            runs.getLast().size() * 1.5,
            size -> law.loss(size, pairs / size),
            colour);
      }
      plot.label(number(entry.getKey()) + " FLOP", colour);
    }
    return plot.svg();
  }

  /// All runs, the law beyond them, and the check.
  private static String byBudget(
      SweepVerdict verdict, List<SweepResult> ladder, List<SweepResult> checks, double wanted) {
    var plot = new Plot("floating-point operations", "validation loss");
    var measured = COLOURS.getFirst();
    ladder.forEach(run -> plot.point(run.flops(), run.loss(), measured, run.name()));
    plot.label("runs of the ladder", measured);
    double lowest = ladder.stream().mapToDouble(SweepResult::flops).min().orElse(1);
    if (verdict.fit().isPresent()) {
      var law = verdict.fit().get().law();
      var colour = COLOURS.get(1);
      plot.curve(lowest, wanted, flops -> law.optimum(flops).loss(), colour);
      plot.label("best by the law", colour);
    }
    if (verdict.frontier().isPresent()) {
      var frontier = verdict.frontier().get();
      plot.curve(lowest, wanted, frontier::loss, COLOURS.get(3));
      plot.label("best of each budget, in a line", COLOURS.get(3));
    }
    for (var larger : checks) {
      if (larger.isWhole()) {
        plot.point(larger.flops(), larger.loss(), COLOURS.get(2), larger.name());
        plot.label("the check", COLOURS.get(2));
      }
    }
    return plot.svg();
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.2g", value);
  }
}
