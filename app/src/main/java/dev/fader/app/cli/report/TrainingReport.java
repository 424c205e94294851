package dev.fader.app.cli.report;

import dev.fader.app.cli.option.EndingFile;
import dev.fader.app.cli.option.ReportOptions;
import dev.fader.app.cli.option.TrainingLog;
import dev.fader.app.cli.terminal.ProgressLine;
import dev.fader.app.cli.terminal.ScreenWidth;
import dev.fader.app.cli.terminal.ShellWord;
import dev.fader.app.view.Json;
import dev.fader.inspect.machine.MachineSpeed;
import dev.fader.kernel.Engine;
import dev.fader.train.ExpertLoad;
import dev.fader.train.LearningCurve;
import dev.fader.train.TrainingBudget;
import dev.fader.train.TrainingEvent;
import dev.fader.train.TrainingEvent.Evaluated;
import dev.fader.train.TrainingEvent.Finished;
import dev.fader.train.TrainingEvent.Started;
import dev.fader.train.TrainingEvent.StepTaken;
import dev.fader.train.TrainingRun;
import dev.fader.train.Verdict;
import dev.fader.train.Waiting;
import dev.fader.train.ZeroShare;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.SequencedMap;
import java.util.function.Consumer;
import java.util.function.DoubleFunction;
import java.util.function.Supplier;
import picocli.CommandLine.Model.CommandSpec;

/// Tells how a training run goes: a bar on a terminal, lines elsewhere, a sample at each
/// evaluation, the log.
public final class TrainingReport implements Consumer<TrainingEvent>, AutoCloseable {
  /// What a run happens in, and what it is of.
  public record Setup(Engine engine, MachineSpeed speed, Subject subject) {}

  /// What learns.
  ///
  /// @param noun what it is: `model`, `adapter`
  /// @param out where it goes
  /// @param command what goes on with it, less `--resume --out`
  /// @param budget the length of the run
  /// @param parameters how many learn
  /// @param unit what its loss is the mean over: `tokens`
  /// @param flopsPerTarget of a step, for each of them
  /// @param bitsPerByte what a loss of the text that was held out is for each byte of it
  /// @param measures what else an evaluation found, by its name
  /// @param sample what the model writes on from; empty for one that writes nothing
  /// @param before the loss of the model before its activation was another, if it was
  public record Subject(
      String noun,
      Path out,
      String command,
      TrainingBudget budget,
      long parameters,
      String unit,
      double flopsPerTarget,
      DoubleFunction<OptionalDouble> bitsPerByte,
      Supplier<SequencedMap<String, Double>> measures,
      Optional<Samples.Prompt> sample,
      OptionalDouble before) {
    boolean isOfTokens() {
      return unit.equals("tokens");
    }
  }

  /// The share of the time of steps that others may wait for a rank before it is named.
  private static final double NOTABLE = 0.1;

  private final TrainingRun run;
  private final Subject subject;
  private final Setup resources;
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
  private Waiting waiting = Waiting.NONE;
  private Verdict.Kind verdict = Verdict.Kind.NEEDS_DATA; // the last that was told

  public TrainingReport(CommandSpec spec, ReportOptions options, TrainingRun run, Setup resources) {
    this.run = run;
    this.resources = resources;
    this.subject = resources.subject();
    this.options = options;
    this.out = spec.commandLine().getOut();
    this.err = spec.commandLine().getErr();
    this.progress = new ProgressLine(err);
    this.log = new TrainingLog(options.log(subject.out()));
    this.samples = new Samples(run, resources.engine(), subject.sample());
  }

  @Override
  public void accept(TrainingEvent event) {
    switch (event) {
      case Started started -> started(started);
      case StepTaken step -> step(step);
      case Evaluated start -> start(start);
      case TrainingEvent.CheckpointSaved saved -> {}
      case Finished finished -> finished(finished);
    }
  }

  private void started(Started started) {
    started.skipped().forEach(problem -> sayAlways("skipped a checkpoint: %s", problem));
    started
        .resumedFrom()
        .ifPresent(
            checkpoint -> say("resuming after step %,d from %s", started.step(), checkpoint));
    started
        .before()
        .ifPresent(before ->
            sayAlways(
                "this run was computed with %s until here and goes on with %s: its numbers will differ in"
                    + " their last bits from those of a run that was never stopped",
                before, started.arithmetic()));
    open(started.step());
  }

  /// What a model is worth before anything is learned.
  private void start(Evaluated start) {
    subject
        .before()
        .ifPresent(loss -> say("before its activation changed  validation loss %.4f", loss));
    evaluated = Optional.of(start);
    var sample = sample();
    try {
      log.write(start, subject.measures().get(), sample);
    } catch (IOException failed) {
      throw log.unwritable(failed);
    }
    if (!options.quiet()) {
      evaluated(start, sample);
    }
  }

  /// Nobody waits for what nobody sees.
  private Optional<String> sample() {
    return options.quiet() ? Optional.empty() : samples.write();
  }

  private void open(long step) {
    try {
      EndingFile.delete(subject.out());
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
    waiting = step.waiting().map(waiting::plus).orElse(waiting);
    step.evaluation().ifPresent(evaluation -> evaluated = Optional.of(evaluation));
    var sample = step.evaluation().isPresent() ? sample() : Optional.<String>empty();
    try {
      log.write(step, subject.measures().get(), sample);
    } catch (IOException failed) {
      throw log.unwritable(failed);
    }
    if (options.quiet()) {
      return;
    }
    progress.show(fraction(step), status(step), step.evaluation().isPresent());
    step.evaluation().ifPresent(evaluation -> evaluated(evaluation, sample));
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
        tokensPerSecond * subject.flopsPerTarget() / resources.speed().flopsPerSecond();
    var left =
        step.horizon().isPresent()
            ? "  %s left".formatted(PlanReport.duration(left(step, step.horizon().getAsLong())))
            : "";
    // Where the machine was busy when it was measured, the share would be one of little.
    var share =
        utilization <= 1 ? String.format(Locale.ROOT, "  MFU %.0f %%", 100 * utilization) : "";
    return String.format(
        Locale.ROOT, "%s  %,.0f %s/s%s", left, tokensPerSecond, subject.unit(), share);
  }

  /// Seconds, by the speed of late; a run of so many minutes takes no more, however slow it is.
  private double left(StepTaken step, long horizon) {
    double left = rate.secondsPerStep() * (horizon - step.step());
    return subject.budget() instanceof TrainingBudget.Minutes minutes
        ? Math.clamp(left, 0, Math.max(0, minutes.seconds() - step.seconds()))
        : left;
  }

  private void evaluated(Evaluated evaluation, Optional<String> sample) {
    double loss = evaluation.evaluation().loss();
    var bits = subject.bitsPerByte().apply(loss);
    boolean isStart = evaluation.step() == 0;
    say(
        "%s  validation loss %.4f%s%s%s",
        isStart
            ? "before the first step"
            : String.format(Locale.ROOT, "step %,d", evaluation.step()),
        loss,
        subject.isOfTokens()
            ? String.format(Locale.ROOT, "  perplexity %.2f", evaluation.evaluation().perplexity())
            : measures(),
        bits.isPresent()
            ? String.format(Locale.ROOT, "  bits per byte %.3f", bits.getAsDouble())
            : "",
        evaluation.best() && !isStart ? "  best so far" : "");
    experts(evaluation.evaluation().experts());
    zeros(evaluation.evaluation().zeros());
    var kind = evaluation.verdict().kind();
    if (kind != Verdict.Kind.NEEDS_DATA && kind != verdict) {
      verdict = kind;
      say("  %s", evaluation.verdict().sentence());
    }
    sample.ifPresent(text -> say("  | %s", text.replace("\n", "\n  | ")));
  }

  /// How busy the experts are; of each, the log says it.
  private void experts(List<ExpertLoad> layers) {
    if (layers.isEmpty()) {
      return;
    }
    int unused = ExpertLoad.unused(layers);
    say(
        "  experts: the busiest has %.2f of the mean, entropy of the router %.2f of %.2f, %s",
        ExpertLoad.largestOverMean(layers),
        ExpertLoad.entropy(layers),
        Math.log(layers.getFirst().choices().size()),
        unused == 0 ? "none unused" : unused + " unused");
  }

  /// How many neurons generation can skip; of each layer, the log says it.
  private void zeros(List<ZeroShare> layers) {
    if (!layers.isEmpty()) {
      var shares = layers.stream().mapToDouble(ZeroShare::share).summaryStatistics();
      say(
          "  zeros: %.1f %% of the neurons, %.1f to %.1f %% of a layer's",
          100 * ZeroShare.share(layers), 100 * shares.getMin(), 100 * shares.getMax());
    }
  }

  private String measures() {
    var words = new StringBuilder();
    subject
        .measures()
        .get()
        .forEach((name, value) ->
            words.append(String.format(Locale.ROOT, "  %s %.3f", name.replace('_', ' '), value)));
    return words.toString();
  }

  private void finished(Finished finished) {
    progress.end();
    try {
      EndingFile.write(subject.out(), finished);
    } catch (IOException failed) {
      say("how it ended is not kept: %s", String.valueOf(failed.getMessage()));
    }
    say(
        "%s after %,d %s",
        finished.ending().name().toLowerCase(Locale.ROOT),
        finished.step(),
        finished.step() == 1 ? "step" : "steps");
    say("%s", finished.verdict().sentence());
    waiting
        .slow(NOTABLE)
        .ifPresent(slow ->
            say(
                "the others waited for rank %d in %.0f %% of the time of all steps: its machine is slower, or does something else too, or it has more microbatches",
                slow.rank(), 100 * slow.share()));
    switch (finished.ending()) {
      case DIVERGED ->
          err.println(
              "fader: "
                  + finished.verdict().sentence()
                  + finished
                      .checkpoint()
                      .map(path -> "; the last good checkpoint is " + path)
                      .orElse("; there is no earlier checkpoint"));
      case COMPLETED, OVERFITTED, STOPPED -> {}
    }
    if (finished.checkpoint().isPresent()) {
      say("the %s in %s is %s", subject.noun(), subject.out(), whichModel(finished));
    }
    activationChanged().ifPresent(change -> say("%s", change.sentence()));
    if (finished.ending() == TrainingEvent.Ending.STOPPED) {
      say(
          "go on with: ./fader %s --resume --out %s",
          subject.command(), ShellWord.of(subject.out()));
    }
    if (options.json()) {
      out.println(Json.text(summary(finished)));
    }
  }

  private Optional<ActivationChange> activationChanged() {
    return subject.before().isPresent() && evaluated.isPresent()
        ? ActivationChange.of(
            subject.before().getAsDouble(), run.curve(), evaluated.get().evaluation())
        : Optional.empty();
  }

  /// Which step's model is the output's, and where the other is.
  private String whichModel(Finished finished) {
    var point = modelPoint(finished);
    long step = modelStep(finished);
    var of =
        step == 0
            ? "still the one it began with"
            : String.format(Locale.ROOT, "that of step %,d", step);
    var loss =
        point.map(p -> String.format(Locale.ROOT, ", validation loss %.4f", p.loss())).orElse("");
    if (step == finished.step()) {
      boolean best = finished.best().equals(finished.model());
      return of + ", the last" + (best ? " and best" : "") + loss;
    }
    return of + ", the best" + loss + "; the last is in " + finished.checkpoint().orElseThrow();
  }

  /// The step of the model at the output.
  private long modelStep(Finished finished) {
    return finished.model().equals(finished.checkpoint())
        ? finished.step()
        : finished.verdict().bestStep().orElse(finished.step());
  }

  private Optional<LearningCurve.Point> modelPoint(Finished finished) {
    long step = modelStep(finished);
    return run.curve().validation().stream().filter(point -> point.step() == step).findFirst();
  }

  private Object summary(Finished finished) {
    var summary =
        Json.object(
            "ending", finished.ending().name().toLowerCase(Locale.ROOT),
            "steps", finished.step(),
            "parameters", subject.parameters(),
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
      var experts = evaluation.evaluation().experts();
      if (!experts.isEmpty()) {
        summary.put("expert_load", ExpertLoad.largestOverMean(experts));
        summary.put("router_entropy", ExpertLoad.entropy(experts));
        summary.put("unused_experts", ExpertLoad.unused(experts));
      }
      var zeros = evaluation.evaluation().zeros();
      if (!zeros.isEmpty()) {
        summary.put("zeros", ZeroShare.share(zeros));
        summary.put("zeros_by_layer", zeros.stream().map(ZeroShare::share).toList());
      }
      if (subject.isOfTokens()) {
        summary.put("perplexity", evaluation.evaluation().perplexity());
      }
      subject.measures().get().forEach((name, value) -> summary.put("val_" + name, value));
      subject.bitsPerByte().apply(loss).ifPresent(bits -> summary.put("bits_per_byte", bits));
    });
    activationChanged()
        .ifPresent(change -> {
          summary.put("loss_before", change.before());
          summary.put("loss_after_change", change.after());
        });
    if (!waiting.seconds().isEmpty()) {
      summary.put("waited_seconds", waiting.seconds());
      summary.put("step_seconds", waiting.of());
    }
    finished.verdict().bestStep().ifPresent(best -> summary.put("best_step", best));
    if (finished.model().isPresent()) {
      boolean best = finished.model().equals(finished.best());
      boolean last = finished.model().equals(finished.checkpoint());
      summary.put("model", best && last ? "best and last" : best ? "best" : "last");
      summary.put("model_step", modelStep(finished));
      modelPoint(finished).ifPresent(point -> summary.put("model_val_loss", point.loss()));
    }
    finished.checkpoint().ifPresent(path -> summary.put("checkpoint", path.toString()));
    finished.best().ifPresent(path -> summary.put("best", path.toString()));
    return summary;
  }

  private void say(String format, Object... values) {
    if (!options.quiet()) {
      sayAlways(format, values);
    }
  }

  /// Even to those who want to hear nothing.
  private void sayAlways(String format, Object... values) {
    progress.clear();
    ScreenWidth.lines(String.format(Locale.ROOT, format, values)).forEach(err::println);
    err.flush();
  }

  @Override
  public void close() {
    progress.end();
    log.close();
  }
}
