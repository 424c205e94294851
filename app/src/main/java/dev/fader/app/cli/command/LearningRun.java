package dev.fader.app.cli.command;

import dev.fader.app.cli.option.LaunchedRanks;
import dev.fader.app.cli.option.ReportOptions;
import dev.fader.app.cli.report.TrainingReport;
import dev.fader.app.cli.terminal.Interrupts;
import dev.fader.kernel.Engine;
import dev.fader.train.TrainingEvent;
import dev.fader.train.TrainingException;
import dev.fader.train.TrainingRun;
import dev.fader.train.TrainingRun.Beginning;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/// What a run that trains a model and one that tunes it have in common: an output that must be free
/// or their own, how they begin, who takes their steps, and how they end.
///
/// @param spec of the command, whose misuse it may be
/// @param out where the run writes to
/// @param resume whether the run goes on with what is in `out`
/// @param overwrite whether what is in `out` is deleted
record LearningRun(CommandSpec spec, Path out, boolean resume, boolean overwrite) {
  /// Makes sure that there is a checkpoint to go on from, or nothing that must stay.
  void requireUsable() throws IOException {
    var output = new OutputDirectory(out);
    if (resume) {
      output.requireCheckpoint();
      return;
    }
    try {
      if (overwrite) {
        output.requireOfRun();
      } else {
        output.requireFree();
      }
    } catch (TrainingException used) {
      throw new ParameterException(spec.commandLine(), String.valueOf(used.getMessage()), used);
    }
  }

  /// How it begins.
  ///
  /// @param weights a model to begin with, if it does not go on
  Beginning beginning(Optional<Path> weights) throws IOException {
    return resume
        ? new Beginning.Resumed()
        : new Beginning.New(weights, overwrite || new OutputDirectory(out).isUntrained());
  }

  static TrainingRun.Compute compute(Engine engine, LaunchedRanks ranks) {
    return new TrainingRun.Compute(engine.kernels(), engine.memory(), ranks.ranks());
  }

  /// Takes the steps, and tells of them. Returns the exit code.
  int lead(TrainingRun run, ReportOptions options, TrainingReport.Setup setup) throws IOException {
    try (var report = new TrainingReport(spec, options, run, setup)) {
      return take(run, report);
    }
  }

  /// Takes the steps that the first rank tells, and says nothing. Ctrl-C reaches that one, too.
  int follow(TrainingRun run) throws IOException {
    return take(run, _ -> {});
  }

  private static int take(TrainingRun run, Consumer<TrainingEvent> listener) throws IOException {
    try (var _ = new Interrupts(run::requestStop);
        var _ = Interrupts.ofTermination(run::requestStop)) {
      return switch (run.run(listener).ending()) {
        case COMPLETED, OVERFITTED -> 0;
        case STOPPED -> Interrupts.EXIT_CODE;
        case DIVERGED -> 1;
      };
    }
  }
}
