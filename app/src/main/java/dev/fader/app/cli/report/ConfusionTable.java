package dev.fader.app.cli.report;

import dev.fader.evaluate.label.ConfusionMatrix;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// How often each label was said where each was right.
final class ConfusionTable {
  /// Wider tables are only for programs.
  private static final int MOST_LABELS = 20;

  private static final int WIDEST = 14;

  private ConfusionTable() {}

  static void print(PrintWriter out, List<String> names, ConfusionMatrix matrix) {
    if (names.size() > MOST_LABELS) {
      return;
    }
    int width = Math.max(8, names.stream().mapToInt(String::length).max().orElse(0));
    out.printf(Locale.ROOT, "%n%-" + width + "s  said%n", "right");
    out.printf(Locale.ROOT, "%-" + width + "s", "");
    for (var name : names) {
      out.printf(Locale.ROOT, "  %8s", cut(name));
    }
    out.println();
    for (int right = 0; right < names.size(); right++) {
      out.printf(Locale.ROOT, "%-" + width + "s", names.get(right));
      for (int said = 0; said < names.size(); said++) {
        int column = Math.max(8, cut(names.get(said)).length());
        out.printf(Locale.ROOT, "  %," + column + "d", matrix.count(right, said));
      }
      out.println();
    }
  }

  private static String cut(String name) {
    return name.length() > WIDEST ? name.substring(0, WIDEST - 1) + "…" : name;
  }

  /// The counts by the label that is right and then by the one that was said.
  static List<List<Long>> rows(ConfusionMatrix matrix) {
    var rows = new ArrayList<List<Long>>();
    for (int expected = 0; expected < matrix.labels(); expected++) {
      var row = new ArrayList<Long>();
      for (int predicted = 0; predicted < matrix.labels(); predicted++) {
        row.add(matrix.count(expected, predicted));
      }
      rows.add(row);
    }
    return rows;
  }
}
