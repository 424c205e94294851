package dev.fader.app.cli.report;

import dev.fader.app.cli.terminal.WrittenText;
import dev.fader.app.view.Json;
import dev.fader.tune.LabelScores;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// How well texts with known labels were told apart.
///
/// @param scores of what was asked for
/// @param before of the model as it was before it was tuned, if that can be said
public record LabelReport(LabelScores scores, Optional<LabelScores> before) {
  /// Prints tables.
  public void print(PrintWriter out) {
    out.printf(Locale.ROOT, "%-10s", "");
    before.ifPresent(some -> out.printf(Locale.ROOT, "  %8s", "before"));
    out.printf(Locale.ROOT, "  %8s%n", before.isPresent() ? "after" : "score");
    row(out, "accuracy", before.map(LabelScores::accuracy), scores.accuracy());
    row(out, "mean F1", before.map(LabelScores::macroF1), scores.macroF1());
    out.printf(Locale.ROOT, "%-10s  %,8d%n", "texts", scores.texts());
    var names = scores.labels().names().stream().map(WrittenText::printable).toList();
    int width = Math.max(8, names.stream().mapToInt(String::length).max().orElse(0));
    out.printf(
        Locale.ROOT,
        "%n%-" + width + "s  %9s  %7s  %6s  %10s  %7s%n",
        "label",
        "precision",
        "recall",
        "f1",
        "confidence",
        "texts");
    for (int label = 0; label < names.size(); label++) {
      out.printf(
          Locale.ROOT,
          "%-" + width + "s  %9.4f  %7.4f  %6.4f  %8.1f %%  %,7d%n",
          names.get(label),
          scores.precision(label),
          scores.recall(label),
          scores.f1(label),
          100 * scores.confidence(label),
          scores.support(label));
    }
    scores.confusion().ifPresent(matrix -> ConfusionTable.print(out, names, matrix));
  }

  private static void row(PrintWriter out, String name, Optional<Double> before, double now) {
    out.printf(Locale.ROOT, "%-10s", name);
    before.ifPresent(value -> out.printf(Locale.ROOT, "  %8.4f", value));
    out.printf(Locale.ROOT, "  %8.4f%n", now);
  }

  /// The same as an object.
  public Map<String, Object> json() {
    var object = figures(scores);
    before.ifPresent(some -> object.put("before", figures(some)));
    return object;
  }

  private static Map<String, Object> figures(LabelScores scores) {
    var object =
        Json.object(
            "texts", scores.texts(),
            "accuracy", scores.accuracy(),
            "macro_f1", scores.macroF1(),
            "labels", scores.labels().names());
    var each = new ArrayList<Map<String, Object>>();
    List<String> names = scores.labels().names();
    for (int label = 0; label < names.size(); label++) {
      each.add(
          new LinkedHashMap<>(
              Json.object(
                  "label", names.get(label),
                  "precision", scores.precision(label),
                  "recall", scores.recall(label),
                  "f1", scores.f1(label),
                  "confidence", scores.confidence(label),
                  "texts", scores.support(label))));
    }
    object.put("by_label", each);
    scores.confusion().ifPresent(matrix -> object.put("confusion", ConfusionTable.rows(matrix)));
    return object;
  }
}
