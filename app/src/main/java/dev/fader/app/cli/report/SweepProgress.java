package dev.fader.app.cli.report;

import dev.fader.app.cli.terminal.ProgressLine;
import dev.fader.sweep.SweepEvent;
import dev.fader.sweep.SweepRun;
import dev.fader.train.TrainingEvent;
import java.io.PrintWriter;
import java.util.Locale;

/// The line that tells how far many small runs have come.
final class SweepProgress {
  private final ProgressLine line;
  private final boolean quiet;
  private int number = 1;
  private int count = 1;

  SweepProgress(PrintWriter err, boolean quiet) {
    this.line = new ProgressLine(err);
    this.quiet = quiet;
  }

  void note(SweepEvent event) {
    switch (event) {
      case SweepEvent.RunStarted(_, int place, int all) -> {
        number = place;
        count = all;
      }
      case SweepEvent.RunProgressed(SweepRun run, TrainingEvent.StepTaken step) -> show(run, step);
      case SweepEvent.RunProgressed _, SweepEvent.RunDone _ -> {}
    }
  }

  private void show(SweepRun run, TrainingEvent.StepTaken step) {
    if (quiet) {
      return;
    }
    long horizon = Math.max(1, step.horizon().orElse(1));
    line.show(
        (number - 1 + (double) step.step() / horizon) / count,
        String.format(
            Locale.ROOT,
            "run %d/%d  %s  step %,d/%,d  loss %.3f",
            number,
            count,
            run.name(),
            step.step(),
            horizon,
            step.result().loss()),
        false);
  }

  /// Makes room for another line.
  void clear() {
    line.clear();
  }

  void end() {
    line.end();
  }
}
