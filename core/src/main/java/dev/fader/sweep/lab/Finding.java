package dev.fader.sweep.lab;

import dev.fader.evaluate.interval.Interval;
import dev.fader.sweep.SweepResult;
import java.util.List;

/// What one condition came to.
///
/// @param runs one for each seed; those that diverged, too
/// @param textTokens of the text that they learned from
public record Finding(Experiment.Condition condition, List<SweepResult> runs, long textTokens) {
  public Finding {
    runs = List.copyOf(runs);
  }

  /// How often the text was read.
  public double epochs() {
    return runs.getFirst().tokens() / Math.max(1, textTokens);
  }

  /// The same for another condition, whose runs are these.
  Finding of(Experiment.Condition other) {
    return new Finding(other, runs, textTokens);
  }

  /// The loss on what was held out, a number for each seed that did not diverge.
  public double[] losses() {
    return runs.stream().filter(SweepResult::isWhole).mapToDouble(SweepResult::loss).toArray();
  }

  /// The mean loss on what was held out; NaN if all diverged.
  public double loss() {
    return runs.stream()
        .filter(SweepResult::isWhole)
        .mapToDouble(SweepResult::loss)
        .average()
        .orElse(Double.NaN);
  }

  /// The mean loss on what was read; NaN if all diverged.
  public double trainingLoss() {
    return runs.stream()
        .filter(SweepResult::isWhole)
        .mapToDouble(run -> run.trainingLoss().orElse(Double.NaN))
        .average()
        .orElse(Double.NaN);
  }

  /// Where the loss of another seed's mean is likely to be.
  ///
  /// @return without bounds where fewer than two seeds did not diverge
  public Interval interval() {
    return Interval.ofMean(losses());
  }
}
