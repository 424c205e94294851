package dev.fader.app.cli.report;

import dev.fader.app.cli.option.TextVariation;
import dev.fader.app.cli.terminal.FlagNames;
import dev.fader.inspect.plan.TrainingPlan;
import dev.fader.sweep.SweepResult;
import dev.fader.sweep.SweepRun.Purpose;
import dev.fader.sweep.SweepVerdict;
import dev.fader.sweep.law.ScalingLaw;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// What a sweep found, in words.
public final class SweepFindings {
  private SweepFindings() {}

  /// A sentence each: the law and what it says first, if there is one.
  ///
  /// @param checks the larger run, if there was one
  /// @param wanted the budget to predict for
  public static List<String> of(SweepVerdict verdict, List<SweepResult> checks, double wanted) {
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
              SweepReport.scaled(optimum.size()),
              SweepReport.scaled(prediction.sizes().low()),
              SweepReport.scaled(prediction.sizes().high()),
              SweepReport.scaled(optimum.tokens()),
              optimum.loss(),
              prediction.losses().low(),
              prediction.losses().high(),
              PlanReport.duration(wanted / flopsPerSecond(verdict))));
    }
    if (verdict.isByFrontier()) {
      lines.add(frontier(verdict, wanted));
    }
    verdict.doubts().forEach(doubt -> lines.add("no verdict: " + doubt));
    for (var larger : checks) {
      lines.add(check(verdict, larger));
    }
    variations(verdict).forEach(lines::add);
    return lines;
  }

  private static String frontier(SweepVerdict verdict, double wanted) {
    var frontier = verdict.frontier().orElseThrow();
    return String.format(
        Locale.ROOT,
        "the best of each of %d budgets alone, as a power of arithmetic: loss %.4f, size %s. Of the largest"
            + " budget this would have been off by %.2f %%%s, so that it is what is expected",
        frontier.points().size(),
        frontier.loss(wanted),
        SweepReport.scaled(frontier.size(wanted)),
        100 * verdict.hindsight().frontier(),
        Double.isFinite(verdict.hindsight().law())
            ? String.format(Locale.ROOT, ", the law by %.2f %%", 100 * verdict.hindsight().law())
            : "");
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
        SweepReport.scaled(larger.size()),
        verdict.expected(larger.size(), larger.tokens()),
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
      if (!result.isWhole() || base.isEmpty()) {
        lines.add(result.name() + (result.isWhole() ? "" : ": diverged"));
      } else if (isOfText(base.get(), result)) {
        lines.add(otherText(base.get(), result));
      } else {
        lines.add(
            String.format(
                Locale.ROOT,
                "%s: loss %.4f, %+.4f",
                changes(base.get(), result),
                result.loss(),
                result.loss() - base.get().loss()));
      }
    }
    return lines;
  }

  private static String changed(SweepResult from, SweepResult to) {
    return to.name().substring(from.name().length() + 1);
  }

  private static boolean isOfText(SweepResult from, SweepResult to) {
    return Arrays.stream(TextVariation.Kind.values())
        .anyMatch(kind -> changed(from, to).startsWith(kind.title() + "-"));
  }

  /// For each byte, as tokens of another tokenizer are others.
  private static String otherText(SweepResult from, SweepResult to) {
    double bits = to.bitsPerByte().orElse(Double.NaN);
    double before = from.bitsPerByte().orElse(Double.NaN);
    return String.format(
        Locale.ROOT,
        "%s (%s): %.4f bits per byte, %+.4f (%+.1f %%), with %s tokens read instead of %s",
        changed(from, to).replaceFirst("-", " "),
        from.name(),
        bits,
        bits - before,
        100 * (bits / before - 1),
        SweepReport.scaled(to.tokens()),
        SweepReport.scaled(from.tokens()));
  }

  /// The run of the ladder that a variation differs from.
  private static Optional<SweepResult> base(SweepVerdict verdict, SweepResult varied) {
    return verdict.results().stream()
        .filter(result -> result.purpose() == Purpose.LADDER && result.isWhole())
        .filter(result -> varied.name().startsWith(result.name() + "-"))
        .findAny();
  }

  private static String changes(SweepResult from, SweepResult to) {
    var name = changed(from, to);
    var field = name.substring(0, Math.max(0, name.indexOf('-')));
    return "%s %s instead of %s (%s)"
        .formatted(
            FlagNames.of(field),
            to.settings().getOrDefault(field, "none"),
            from.settings().getOrDefault(field, "none"),
            from.name());
  }
}
