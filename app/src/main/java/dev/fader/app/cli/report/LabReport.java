package dev.fader.app.cli.report;

import dev.fader.app.cli.terminal.WrittenText;
import dev.fader.app.view.Json;
import dev.fader.format.DurableFile;
import dev.fader.format.FileContent;
import dev.fader.sweep.SweepEvent;
import dev.fader.sweep.SweepResult;
import dev.fader.sweep.SweepRun;
import dev.fader.sweep.lab.Experiment;
import dev.fader.sweep.lab.Finding;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;
import picocli.CommandLine.Model.CommandSpec;

/// Tells how an experiment goes, and what it found: a table, an object, a drawing and a page.
public final class LabReport implements Consumer<SweepEvent> {
  /// What is told of.
  public record Setup(Experiment experiment, Path out, boolean quiet, boolean json) {}

  /// From low losses to high ones, in the 256 colours of terminals; from the sixth on with light
  /// letters.
  private static final List<Integer> HEAT = List.of(231, 195, 153, 117, 75, 33, 27, 19);

  private static final int FIRST_DARK = 5;

  private final Setup setup;
  private final PrintWriter out;
  private final PrintWriter err;
  private final SweepProgress progress;
  private final boolean coloured = WrittenText.isAtTerminal();

  public LabReport(CommandSpec spec, Setup setup) {
    this.setup = setup;
    this.out = spec.commandLine().getOut();
    this.err = spec.commandLine().getErr();
    this.progress = new SweepProgress(err, setup.quiet());
  }

  /// What will be trained.
  public void show(List<SweepRun> runs) {
    say(
        "%d runs of %s tokens, about %s by the measured speed",
        runs.size(),
        SweepReport.scaled(setup.experiment().tokens()),
        PlanReport.duration(runs.stream().mapToDouble(SweepRun::seconds).sum()));
  }

  @Override
  public void accept(SweepEvent event) {
    progress.note(event);
  }

  /// What was found.
  ///
  /// @throws IOException if the page or the drawing cannot be written
  public void finish(List<Finding> findings) throws IOException {
    progress.end();
    boolean isMap = isMap(findings);
    var sentences = isMap ? bestSizes(findings) : List.<String>of();
    var drawing = isMap ? LabDrawing.map(findings) : LabDrawing.intervals(findings);
    var name = setup.experiment().name();
    DurableFile.write(setup.out().resolve(name + ".svg"), FileContent.of(drawing));
    DurableFile.write(
        setup.out().resolve(name + ".html"),
        FileContent.of(LabPage.html(name, drawing, sentences, findings)));
    if (setup.json()) {
      out.println(Json.text(object(findings)));
      return;
    }
    if (isMap) {
      map("loss of what it did not read, by share of the text", findings, Finding::loss);
      out.println();
      map("loss of what it read", findings, Finding::trainingLoss);
      out.println();
      sentences.forEach(out::println);
    } else {
      intervals(findings);
    }
    say("the page is %s", setup.out().resolve(name + ".html"));
  }

  /// Whether it is one of sizes against amounts, which has losses of both kinds.
  private static boolean isMap(List<Finding> findings) {
    return findings.stream().map(of -> of.condition().recipe()).distinct().count() > 1
        && findings.stream().map(of -> of.condition().treatment()).distinct().count() > 1;
  }

  private void map(String title, List<Finding> findings, ToDoubleFunction<Finding> loss) {
    out.println(title);
    var columns = findings.stream().map(of -> of.condition().column()).distinct().toList();
    var line = new StringBuilder("%-8s".formatted("size"));
    columns.forEach(column -> line.append("%9s".formatted(column)));
    out.println(line);
    double low = findings.stream().mapToDouble(loss).min().orElse(0);
    double high = findings.stream().mapToDouble(loss).max().orElse(1);
    for (var row : findings.stream().map(of -> of.condition().row()).distinct().toList()) {
      line.setLength(0);
      line.append("%-8s".formatted(row));
      findings.stream()
          .filter(of -> of.condition().row().equals(row))
          .mapToDouble(loss)
          .forEach(value -> line.append(cell(value, low, high)));
      out.println(line);
    }
  }

  private String cell(double value, double low, double high) {
    var text = String.format(Locale.ROOT, "%9.3f", value);
    if (!coloured || !Double.isFinite(value)) {
      return text;
    }
    int heat =
        Math.clamp(
            (int) ((value - low) / Math.max(1e-9, high - low) * HEAT.size()), 0, HEAT.size() - 1);
    return "\033[48;5;%d;38;5;%dm%s\033[0m"
        .formatted(HEAT.get(heat), heat < FIRST_DARK ? 16 : 231, text);
  }

  /// Which size is best for each amount of text, and how far the largest is from what it read.
  private static List<String> bestSizes(List<Finding> findings) {
    var lines = new ArrayList<String>();
    for (var column : findings.stream().map(of -> of.condition().column()).distinct().toList()) {
      var of = findings.stream().filter(one -> one.condition().column().equals(column)).toList();
      var best = of.stream().min(Comparator.comparingDouble(Finding::loss)).orElseThrow();
      var largest = of.getLast();
      double epochs = largest.epochs();
      lines.add(
          String.format(
              Locale.ROOT,
              "%s of the text, read %.1f times: best is %s (%.3f); %s has %.3f on what it read, %.3f on what it did not",
              column,
              epochs,
              best.condition().row(),
              best.loss(),
              largest.condition().row(),
              largest.trainingLoss(),
              largest.loss()));
    }
    return lines;
  }

  private void intervals(List<Finding> findings) {
    double first = findings.getFirst().loss();
    out.printf("%-28s %10s %8s %18s %9s%n", "", "parameters", "loss", "95 %", "difference");
    for (var finding : findings) {
      var interval = finding.interval();
      out.printf(
          Locale.ROOT,
          "%-28s %,10d %8.4f %18s %+9.4f%n",
          name(finding),
          finding.runs().getFirst().parameters(),
          finding.loss(),
          Double.isFinite(interval.low())
              ? String.format(Locale.ROOT, "%.4f to %.4f", interval.low(), interval.high())
              : "",
          finding.loss() - first);
    }
  }

  static String name(Finding finding) {
    var condition = finding.condition();
    return condition.column().isEmpty()
        ? condition.row()
        : condition.row() + " " + condition.column();
  }

  private Map<String, ?> object(List<Finding> findings) {
    return Json.object(
        "experiment",
        setup.experiment().name(),
        "tokens",
        setup.experiment().tokens(),
        "findings",
        findings.stream().map(LabReport::object).toList());
  }

  private static Map<String, ?> object(Finding finding) {
    var condition = finding.condition();
    var object =
        Json.object(
            "row", condition.row(),
            "column", condition.column(),
            "text", condition.treatment().kind().title(),
            "share", condition.treatment().share(),
            "parameters", finding.runs().getFirst().parameters(),
            "loss", finding.loss(),
            "training_loss", finding.trainingLoss(),
            "runs", finding.runs().stream().map(SweepResult::loss).toList());
    var interval = finding.interval();
    if (Double.isFinite(interval.low())) {
      object.put("low", interval.low());
      object.put("high", interval.high());
    }
    return object;
  }

  private void say(String format, Object... values) {
    if (!setup.quiet()) {
      progress.clear();
      err.println(String.format(Locale.ROOT, format, values));
      err.flush();
    }
  }
}
