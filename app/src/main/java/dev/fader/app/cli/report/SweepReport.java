package dev.fader.app.cli.report;

import dev.fader.app.cli.terminal.FlagNames;
import dev.fader.app.cli.terminal.ScreenWidth;
import dev.fader.app.view.Json;
import dev.fader.format.DurableFile;
import dev.fader.format.FileContent;
import dev.fader.inspect.plan.TrainingPlan;
import dev.fader.sweep.Sweep;
import dev.fader.sweep.SweepEvent;
import dev.fader.sweep.SweepPlan;
import dev.fader.sweep.SweepResult;
import dev.fader.sweep.SweepRun;
import dev.fader.sweep.SweepVerdict;
import dev.fader.train.recipe.Recipe;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import picocli.CommandLine.Model.CommandSpec;

/// Tells how a sweep goes, and what it found: lines, an object, and a page beside the runs.
public final class SweepReport implements Consumer<SweepEvent> {
  /// The page, in the folder of the sweep.
  public static final String PAGE = "report.html";

  /// What a sweep happens in.
  public record Setup(Sweep.Place place, Recipe.Resources resources, boolean quiet, boolean json) {}

  private final Setup setup;
  private final PrintWriter out;
  private final PrintWriter err;
  private final SweepProgress progress;

  public SweepReport(CommandSpec spec, Setup setup) {
    this.setup = setup;
    this.out = spec.commandLine().getOut();
    this.err = spec.commandLine().getErr();
    this.progress = new SweepProgress(err, setup.quiet());
  }

  /// What will be trained.
  public void show(SweepPlan plan) {
    plan.notices().forEach(notice -> say("%s", notice));
    if (setup.quiet()) {
      return;
    }
    err.println(row("run", "layers", "width", "size", "tokens", "epochs", "time"));
    plan.runs().forEach(this::show);
    say(
        "%d runs, about %s by the measured speed (%s)",
        plan.runs().size(),
        PlanReport.duration(plan.seconds()),
        TrainingPlan.scaled(setup.resources().speed().flopsPerSecond(), "FLOP/s"));
  }

  /// What will be trained, as an object.
  public void object(SweepPlan plan) {
    if (!setup.json()) {
      return;
    }
    var runs =
        plan.runs().stream()
            .map(run ->
                Json.object(
                    "name", run.name(),
                    "purpose", run.purpose().title(),
                    "budget", run.budget(),
                    "layers", run.recipe().model().layers(),
                    "width", run.recipe().model().width(),
                    "size", run.size(),
                    "tokens", run.tokens(),
                    "epochs", run.epochs(),
                    "seconds", run.seconds()))
            .toList();
    out.println(Json.text(Json.object("runs", runs, "seconds", plan.seconds())));
  }

  private void show(SweepRun run) {
    err.println(
        row(
            run.name(),
            Integer.toString(run.recipe().model().layers()),
            Integer.toString(run.recipe().model().width()),
            scaled(run.size()),
            scaled(run.tokens()),
            "%.2f".formatted(run.epochs()),
            PlanReport.duration(run.seconds())));
  }

  private static String row(Object... cells) {
    return String.format(Locale.ROOT, "%-24s %6s %6s %8s %8s %7s %12s", cells);
  }

  /// Runs on other text.
  public void announce(List<SweepRun> runs) {
    if (!setup.quiet()) {
      runs.forEach(this::show);
    }
  }

  /// The run that a law is checked with.
  public void announce(SweepRun run) {
    say("the check, about %s:", PlanReport.duration(run.seconds()));
    if (!setup.quiet()) {
      show(run);
    }
  }

  @Override
  public void accept(SweepEvent event) {
    progress.note(event);
    if (event instanceof SweepEvent.RunDone(_, SweepResult result, boolean before)) {
      done(result, before);
    }
  }

  private void done(SweepResult result, boolean before) {
    if (result.isWhole()) {
      say(
          "%s: validation loss %.4f%s%s",
          result.name(),
          result.loss(),
          result.bitsPerByte().isPresent()
              ? String.format(
                  Locale.ROOT, "  bits per byte %.3f", result.bitsPerByte().getAsDouble())
              : "",
          before ? "  (done before)" : "  in " + PlanReport.duration(result.seconds()));
    } else {
      say("%s: diverged, and is left out", result.name());
    }
  }

  /// What was found.
  ///
  /// @param checks the larger run, if there was one
  /// @param wanted the budget to predict for
  /// @throws IOException if the page cannot be written
  public void finish(SweepVerdict verdict, List<SweepResult> checks, double wanted)
      throws IOException {
    progress.end();
    page(verdict, checks, wanted);
    if (setup.json()) {
      out.println(Json.text(summary(verdict, checks, wanted)));
    } else {
      sentences(verdict, checks, wanted)
          .forEach(line -> ScreenWidth.lines(line).forEach(out::println));
    }
    say("the report is %s", setup.place().out().resolve(PAGE));
  }

  /// Writes the page.
  ///
  /// @throws IOException if it cannot be written
  public void page(SweepVerdict verdict, List<SweepResult> checks, double wanted)
      throws IOException {
    var page = new SweepPage(verdict, checks, wanted, sentences(verdict, checks, wanted));
    DurableFile.write(setup.place().out().resolve(PAGE), FileContent.of(page.html()));
  }

  /// The findings in words, as the page has them, too.
  private List<String> sentences(SweepVerdict verdict, List<SweepResult> checks, double wanted) {
    var lines = new ArrayList<>(SweepFindings.of(verdict, checks, wanted));
    if (verdict.fit().isPresent()) {
      double epochs =
          verdict.predict(wanted).optimum().tokens()
              / Math.max(1, setup.resources().trainingTokens());
      if (epochs > SweepPlan.MOST_EPOCHS) {
        lines.add(
            2,
            String.format(
                Locale.ROOT,
                "that is this text %.1f times: what is read more than %.0f times teaches less than the law"
                    + " says, so more text is wanted first",
                epochs,
                SweepPlan.MOST_EPOCHS));
      }
    }
    return lines;
  }

  private Map<String, ?> summary(SweepVerdict verdict, List<SweepResult> checks, double wanted) {
    var object =
        Json.object(
            "runs", verdict.results().stream().map(SweepReport::object).toList(),
            "doubts", verdict.doubts());
    if (verdict.fit().isPresent()) {
      var fit = verdict.fit().get();
      var prediction = verdict.predict(wanted);
      object.put(
          "law",
          Json.object(
              "irreducible", fit.law().irreducible(),
              "size_factor", fit.law().sizeFactor(),
              "size_exponent", fit.law().sizeExponent(),
              "text_factor", fit.law().textFactor(),
              "text_exponent", fit.law().textExponent(),
              "deviation", fit.deviation()));
      object.put(
          "prediction",
          Json.object(
              "flops", wanted,
              "size", prediction.optimum().size(),
              "size_low", prediction.sizes().low(),
              "size_high", prediction.sizes().high(),
              "tokens", prediction.optimum().tokens(),
              "loss", prediction.optimum().loss(),
              "loss_low", prediction.losses().low(),
              "loss_high", prediction.losses().high()));
      verdict
          .frontier()
          .ifPresent(frontier ->
              object.put(
                  "frontier",
                  Json.object(
                      "loss", frontier.loss(wanted),
                      "size", frontier.size(wanted),
                      "is_expected", verdict.isByFrontier())));
      for (var larger : checks) {
        var check = object(larger);
        if (larger.isWhole()) {
          check.put("predicted", verdict.expected(larger.size(), larger.tokens()));
          check.put("error", verdict.error(larger.trial()));
        }
        object.put("check", check);
      }
    }
    return object;
  }

  private static Map<String, Object> object(SweepResult result) {
    var object =
        Json.object(
            "name", result.name(),
            "purpose", result.purpose().title(),
            "budget", result.budget(),
            "flops", result.flops(),
            "layers", result.layers(),
            "parameters", result.parameters(),
            "size", result.size(),
            "tokens", result.tokens(),
            "loss", result.loss(),
            "seconds", result.seconds());
    result.trainingLoss().ifPresent(loss -> object.put("training_loss", loss));
    result.bitsPerByte().ifPresent(bits -> object.put("bits_per_byte", bits));
    return object;
  }

  static String scaled(double value) {
    return TrainingPlan.scaled(value, "").strip();
  }

  private void say(String format, Object... values) {
    if (!setup.quiet()) {
      progress.clear();
      var text = FlagNames.in(String.format(Locale.ROOT, format, values));
      ScreenWidth.lines(text).forEach(err::println);
      err.flush();
    }
  }
}
