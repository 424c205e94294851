package dev.fader.app.cli.report;

import dev.fader.app.cli.terminal.FlagNames;
import dev.fader.app.cli.terminal.ProgressLine;
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
import dev.fader.sweep.SweepRun.Purpose;
import dev.fader.sweep.SweepVerdict;
import dev.fader.sweep.law.ScalingLaw;
import dev.fader.train.TrainingEvent;
import dev.fader.train.recipe.Recipe;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
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
  private final ProgressLine progress;
  private int number = 1;
  private int count = 1;

  public SweepReport(CommandSpec spec, Setup setup) {
    this.setup = setup;
    this.out = spec.commandLine().getOut();
    this.err = spec.commandLine().getErr();
    this.progress = new ProgressLine(err);
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

  /// The run that a law is checked with.
  public void announce(SweepRun run) {
    say("the check, about %s:", PlanReport.duration(run.seconds()));
    if (!setup.quiet()) {
      show(run);
    }
  }

  @Override
  public void accept(SweepEvent event) {
    switch (event) {
      case SweepEvent.RunStarted(_, int place, int all) -> {
        number = place;
        count = all;
      }
      case SweepEvent.RunProgressed(SweepRun run, TrainingEvent.StepTaken step) -> step(run, step);
      case SweepEvent.RunProgressed _ -> {}
      case SweepEvent.RunDone(_, SweepResult result, boolean before) -> done(result, before);
    }
  }

  private void step(SweepRun run, TrainingEvent.StepTaken step) {
    if (setup.quiet()) {
      return;
    }
    long horizon = Math.max(1, step.horizon().orElse(1));
    progress.show(
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
    var lines = new ArrayList<String>();
    if (verdict.fit().isPresent()) {
      var law = verdict.fit().get().law();
      lines.add(law(law, verdict.fit().get().deviation()));
      var prediction = verdict.predict(wanted);
      var optimum = prediction.optimum();
      lines.add(
          String.format(
              Locale.ROOT,
              "%s are spent best on a size of %s (%s to %s), %s tokens: expected loss %.4f (%.4f to %.4f),"
                  + " %s at the speed of the largest run",
              TrainingPlan.scaled(wanted, "FLOP"),
              scaled(optimum.size()),
              scaled(prediction.sizes().low()),
              scaled(prediction.sizes().high()),
              scaled(optimum.tokens()),
              optimum.loss(),
              prediction.losses().low(),
              prediction.losses().high(),
              PlanReport.duration(wanted / flopsPerSecond(verdict))));
      double epochs = optimum.tokens() / Math.max(1, setup.resources().trainingTokens());
      if (epochs > SweepPlan.MOST_EPOCHS) {
        lines.add(
            String.format(
                Locale.ROOT,
                "that is this text %.1f times: what is read more than %.0f times teaches less than the law"
                    + " says, so more text is wanted first",
                epochs,
                SweepPlan.MOST_EPOCHS));
      }
    }
    verdict.doubts().forEach(doubt -> lines.add("no verdict: " + doubt));
    for (var larger : checks) {
      lines.add(check(verdict, larger));
    }
    variations(verdict).forEach(lines::add);
    return lines;
  }

  /// That of the largest run.
  private static double flopsPerSecond(SweepVerdict verdict) {
    var largest =
        verdict.results().stream()
            .max(Comparator.comparingDouble(SweepResult::flops))
            .orElseThrow();
    return largest.flops() / largest.seconds();
  }

  private static String law(ScalingLaw law, double deviation) {
    return String.format(
        Locale.ROOT,
        "loss = %.3f + %.4g / size^%.3f + %.4g / tokens^%.3f, with a standard deviation of %.2f %%",
        law.irreducible(),
        law.sizeFactor(),
        law.sizeExponent(),
        law.textFactor(),
        law.textExponent(),
        100 * deviation);
  }

  private static String check(SweepVerdict verdict, SweepResult larger) {
    if (!larger.isWhole()) {
      return "the check diverged: it says nothing";
    }
    return String.format(
        Locale.ROOT,
        "the check, %s of size %s: predicted %.4f, measured %.4f, off by %.2f %%",
        TrainingPlan.scaled(larger.flops(), "FLOP"),
        scaled(larger.size()),
        verdict.fit().orElseThrow().law().loss(larger.size(), larger.tokens()),
        larger.loss(),
        100 * verdict.error(larger.trial()));
  }

  /// Each changed setting beside the run that it was changed in.
  private static List<String> variations(SweepVerdict verdict) {
    var lines = new ArrayList<String>();
    for (var result : verdict.results()) {
      if (result.purpose() != Purpose.VARIATION) {
        continue;
      }
      var base = base(verdict, result);
      var changed = base.map(from -> changes(from, result)).orElse(result.name());
      lines.add(
          result.isWhole()
              ? String.format(
                  Locale.ROOT,
                  "%s: loss %.4f%s",
                  changed,
                  result.loss(),
                  base.map(from ->
                          String.format(Locale.ROOT, ", %+.4f", result.loss() - from.loss()))
                      .orElse(""))
              : changed + ": diverged");
    }
    return lines;
  }

  /// The run of the ladder that a variation differs from.
  private static Optional<SweepResult> base(SweepVerdict verdict, SweepResult varied) {
    return verdict.results().stream()
        .filter(result -> result.purpose() == Purpose.LADDER && result.isWhole())
        .filter(result -> varied.name().startsWith(result.name() + "-"))
        .findAny();
  }

  private static String changes(SweepResult from, SweepResult to) {
    var name = to.name().substring(from.name().length() + 1);
    var field = name.substring(0, Math.max(0, name.indexOf('-')));
    return "%s %s instead of %s (%s)"
        .formatted(
            FlagNames.of(field),
            to.settings().getOrDefault(field, "none"),
            from.settings().getOrDefault(field, "none"),
            from.name());
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
      for (var larger : checks) {
        var check = object(larger);
        if (larger.isWhole()) {
          check.put("predicted", fit.law().loss(larger.size(), larger.tokens()));
          check.put("error", verdict.error(larger.trial()));
        }
        object.put("check", check);
      }
    }
    return object;
  }

  private static Map<String, Object> object(SweepResult result) {
    return Json.object(
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
