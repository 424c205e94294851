package dev.fader.app.cli;

import dev.fader.inspect.MachineSpeed;
import dev.fader.inspect.TrainingPlan;
import dev.fader.train.TrainingEvent;
import dev.fader.train.TrainingEvent.Evaluated;
import dev.fader.train.TrainingEvent.Finished;
import dev.fader.train.TrainingEvent.Started;
import dev.fader.train.TrainingEvent.StepTaken;
import dev.fader.train.TrainingRun;
import dev.fader.train.Verdict;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Consumer;
import picocli.CommandLine.Model.CommandSpec;

/// Tells how a training run goes: a bar on a terminal, lines elsewhere, a sample at each
/// evaluation, the log.
final class TrainingReport implements Consumer<TrainingEvent>, AutoCloseable {
  /// What a run happens in.
  record Circumstances(TrainingPlan plan, Engine engine, MachineSpeed speed) {}

  private final TrainingRun.Task task;
  private final Circumstances circumstances;
  private final ReportOptions options;
  private final PrintWriter out;
  private final PrintWriter err;
  private final ProgressLine progress;
  private final TrainingLog log;
  private final Samples samples;
  private final SmoothedRate rate = new SmoothedRate();

  private double smoothedLoss = Double.NaN;
  private Optional<StepTaken> last = Optional.empty();
  private Optional<Evaluated> evaluated = Optional.empty();

  TrainingReport(
      CommandSpec spec,
      ReportOptions options,
      TrainingRun run,
      TrainingRun.Task task,
      Circumstances circumstances) {
    this.task = task;
    this.circumstances = circumstances;
    this.options = options;
    this.out = spec.commandLine().getOut();
    this.err = spec.commandLine().getErr();
    this.progress = new ProgressLine(err);
    this.log = new TrainingLog(options.log(task.out()));
    this.samples = new Samples(run, task, circumstances.engine(), options.samplePrompt());
  }

  @Override
  public void accept(TrainingEvent event) {
    switch (event) {
      case Started started -> started(started);
      case StepTaken step -> step(step);
      case Evaluated ahead -> evaluated = Optional.of(ahead);
      case TrainingEvent.CheckpointSaved saved -> {}
      case Finished finished -> finished(finished);
    }
  }

  private void started(Started started) {
    started.skipped().forEach(problem -> say("skipped a checkpoint: %s", problem));
    started
        .resumedFrom()
        .ifPresent(
            checkpoint -> say("resuming after step %,d from %s", started.step(), checkpoint));
    started
        .before()
        .ifPresent(before ->
            say(
                "this run was computed with %s until here and goes on with %s: its numbers will differ in"
                    + " their last bits from those of a run that was never stopped",
                before, started.arithmetic()));
    open(started.step());
  }

  private void open(long step) {
    try {
      log.open(step);
    } catch (IOException failed) {
      throw log.unwritable(failed);
    }
  }

  private void step(StepTaken step) {
    double loss = step.result().loss();
    smoothedLoss = Double.isNaN(smoothedLoss) ? loss : 0.95 * smoothedLoss + 0.05 * loss;
    rate.add(step.tokens(), step.seconds());
    last = Optional.of(step);
    try {
      log.write(step);
    } catch (IOException failed) {
      throw log.unwritable(failed);
    }
    if (options.quiet()) {
      return;
    }
    progress.show(fraction(step), status(step), step.evaluation().isPresent());
    step.evaluation().ifPresent(this::evaluated);
  }

  private static double fraction(StepTaken step) {
    return step.horizon().isPresent() ? (double) step.step() / step.horizon().getAsLong() : 0;
  }

  /// What matters most comes first: a narrow terminal cuts the end off.
  private String status(StepTaken step) {
    var status =
        String.format(
            Locale.ROOT,
            "step %,d%s  loss %.3f",
            step.step(),
            step.horizon().isPresent()
                ? String.format(Locale.ROOT, "/%,d", step.horizon().getAsLong())
                : "",
            smoothedLoss);
    var rest = String.format(Locale.ROOT, "  lr %.2e", step.learningRate());
    return status + (rate.isKnown() ? pace(step) : "") + rest;
  }

  private String pace(StepTaken step) {
    double tokensPerSecond = rate.perSecond();
    double utilization =
        tokensPerSecond
            * circumstances.plan().flops().training()
            / circumstances.speed().flopsPerSecond();
    var horizon = step.horizon();
    var left =
        horizon.isPresent()
            ? "  %s left"
                .formatted(
                    PlanReport.duration(
                        rate.secondsPerStep() * (horizon.getAsLong() - step.step())))
            : "";
    return String.format(
        Locale.ROOT, "%s  %,.0f tokens/s  MFU %.0f %%", left, tokensPerSecond, 100 * utilization);
  }

  private void evaluated(Evaluated evaluation) {
    evaluated = Optional.of(evaluation);
    double loss = evaluation.evaluation().loss();
    var bits = bitsPerByte(loss);
    say(
        "step %,d  validation loss %.4f  perplexity %.2f%s%s",
        evaluation.step(),
        loss,
        evaluation.evaluation().perplexity(),
        bits.isPresent()
            ? String.format(Locale.ROOT, "  bits per byte %.3f", bits.getAsDouble())
            : "",
        evaluation.best() ? "  best so far" : "");
    if (evaluation.verdict().kind() != Verdict.Kind.NEEDS_DATA) {
      say("  %s", evaluation.verdict().sentence());
    }
    samples.write().ifPresent(text -> say("  | %s", text.replace("\n", "\n  | ")));
  }

  private OptionalDouble bitsPerByte(double loss) {
    var validation = task.data().validation();
    return validation.isPresent() ? validation.get().bitsPerByte(loss) : OptionalDouble.empty();
  }

  private void finished(Finished finished) {
    progress.end();
    say("%s after %,d steps", finished.ending().name().toLowerCase(Locale.ROOT), finished.step());
    say("%s", finished.verdict().sentence());
    finished.best().ifPresent(best -> say("best checkpoint: %s", best));
    switch (finished.ending()) {
      case DIVERGED ->
          err.println(
              "fader: "
                  + finished.verdict().sentence()
                  + finished
                      .checkpoint()
                      .map(path -> "; the last good checkpoint is " + path)
                      .orElse("; there is no earlier checkpoint"));
      case COMPLETED, OVERFITTED -> say("the model is in %s", task.out());
      case STOPPED ->
          say("the model is in %1$s; go on with: ./fader train --resume --out %1$s", task.out());
    }
    if (options.json()) {
      out.println(Json.text(summary(finished)));
    }
  }

  private Object summary(Finished finished) {
    var summary =
        Json.object(
            "ending", finished.ending().name().toLowerCase(Locale.ROOT),
            "steps", finished.step(),
            "parameters", circumstances.plan().parameters().total(),
            "verdict", finished.verdict().kind().word(),
            "evidence", finished.verdict().evidence());
    last.ifPresent(step -> {
      summary.put("loss", step.result().loss());
      summary.put("tokens", step.tokens());
      summary.put("seconds", step.seconds());
      summary.put("tokens_per_second", rate.perSecond());
    });
    evaluated.ifPresent(evaluation -> {
      double loss = evaluation.evaluation().loss();
      summary.put("val_loss", loss);
      summary.put("perplexity", evaluation.evaluation().perplexity());
      bitsPerByte(loss).ifPresent(bits -> summary.put("bits_per_byte", bits));
    });
    finished.verdict().bestStep().ifPresent(best -> summary.put("best_step", best));
    finished.checkpoint().ifPresent(path -> summary.put("checkpoint", path.toString()));
    finished.best().ifPresent(path -> summary.put("best", path.toString()));
    return summary;
  }

  private void say(String format, Object... values) {
    if (!options.quiet()) {
      progress.clear();
      err.println(String.format(Locale.ROOT, format, values));
      err.flush();
    }
  }

  @Override
  public void close() {
    progress.end();
    log.close();
  }
}
