package dev.fader.app.cli.report;

import dev.fader.app.cli.terminal.WrittenText;
import dev.fader.app.view.Json;
import dev.fader.evaluate.ChoiceScores;
import dev.fader.evaluate.Figure;
import dev.fader.evaluate.label.ConfusionMatrix;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// What a model scores at a task: a line for each metric, and for each label where there are some.
///
/// @param kind `answers` or `multiple_choice`
/// @param choices the scores of choices, if it was these
public record TaskReport(
    String kind, int items, List<Figure> figures, Optional<ChoiceScores> choices) {
  private static final int LONGEST_LABEL = 40;

  public void print(PrintWriter out) {
    int width =
        Math.max(6, figures.stream().mapToInt(some -> some.name().length()).max().orElse(0));
    out.printf(Locale.ROOT, "%-" + width + "s  %8s   %s%n", "metric", "score", "95 % interval");
    for (var figure : figures) {
      var digits = figure.best() == 1 ? "%.4f" : "%.2f";
      out.printf(
          Locale.ROOT,
          "%-" + width + "s  %8s   %s to %s%n",
          figure.name(),
          String.format(Locale.ROOT, digits, figure.value()),
          String.format(Locale.ROOT, digits, figure.interval().low()),
          String.format(Locale.ROOT, digits, figure.interval().high()));
    }
    out.printf(Locale.ROOT, "%-" + width + "s  %,8d%n", "items", items);
    choices.flatMap(ChoiceScores::confusion).ifPresent(matrix -> printLabels(out, matrix));
  }

  private void printLabels(PrintWriter out, ConfusionMatrix matrix) {
    var labels = choices.flatMap(ChoiceScores::labels).orElseThrow();
    var names = labels.stream().map(TaskReport::shown).toList();
    int width = Math.max(5, names.stream().mapToInt(String::length).max().orElse(0));
    out.printf(
        Locale.ROOT,
        "%n%-" + width + "s  %9s  %6s  %6s  %7s%n",
        "label",
        "precision",
        "recall",
        "f1",
        "items");
    for (int label = 0; label < names.size(); label++) {
      out.printf(
          Locale.ROOT,
          "%-" + width + "s  %9.4f  %6.4f  %6.4f  %,7d%n",
          names.get(label),
          matrix.precision(label),
          matrix.recall(label),
          matrix.f1(label),
          matrix.support(label));
    }
    ConfusionTable.print(out, names, matrix);
  }

  private static String shown(String label) {
    var line = WrittenText.printable(label.strip()).replace('\n', ' ');
    return line.length() > LONGEST_LABEL ? line.substring(0, LONGEST_LABEL) + "…" : line;
  }

  /// The same as an object.
  public Map<String, Object> json() {
    var metrics = new LinkedHashMap<String, Object>();
    for (var figure : figures) {
      metrics.put(
          figure.name().replace('-', '_'),
          Json.object(
              "value", figure.value(),
              "low", figure.interval().low(),
              "high", figure.interval().high()));
    }
    var object = Json.object("task", kind, "items", items, "metrics", metrics);
    choices.ifPresent(scores -> object.put("cut", scores.cut()));
    choices
        .flatMap(ChoiceScores::confusion)
        .ifPresent(matrix -> {
          object.put("labels", choices.flatMap(ChoiceScores::labels).orElseThrow());
          object.put("confusion", ConfusionTable.rows(matrix));
        });
    return object;
  }
}
