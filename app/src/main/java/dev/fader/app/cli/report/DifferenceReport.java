package dev.fader.app.cli.report;

import dev.fader.app.cli.terminal.WrittenText;
import dev.fader.app.view.DifferenceView;
import dev.fader.app.view.Json;
import dev.fader.inspect.difference.ChangeKind;
import dev.fader.inspect.difference.ModelDifference;
import dev.fader.inspect.difference.TensorDifference;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;

/// What is different in two models: a sentence, a table of what changed, a map of layers by
/// modules.
public record DifferenceReport(ModelDifference difference) {
  private static final int LONGEST_NAME = 60;

  /// Of what is only in one model so many names are shown.
  private static final int FEW = 8;

  private static final double PERCENT = 100;

  public void print(PrintWriter out) {
    out.println(difference.sentence());
    difference.place().ifPresent(out::println);
    if (!difference.byFamily()) {
      out.println("tensors are matched by their names: the family of one model is not known");
    }
    names(out, "only in the first", difference.onlyFirst());
    names(out, "only in the second", difference.onlySecond());
    difference.notCompared().forEach(text -> out.println("warning: " + text));
    var changed = difference.tensors().stream().filter(tensor -> !isSame(tensor)).toList();
    if (!changed.isEmpty()) {
      table(out, changed);
      map(out);
    }
    int same = difference.tensors().size() - changed.size();
    if (same > 0 && !changed.isEmpty()) {
      out.printf(Locale.ROOT, "%n%,d tensors are the same in both%n", same);
    }
  }

  private static boolean isSame(TensorDifference tensor) {
    return tensor.kind() == ChangeKind.SAME_BYTES || tensor.kind() == ChangeKind.SAME_VALUES;
  }

  private static void names(PrintWriter out, String where, List<String> names) {
    if (!names.isEmpty()) {
      var shown = names.stream().limit(FEW).map(WrittenText::name).toList();
      int more = names.size() - shown.size();
      out.printf(
          Locale.ROOT,
          "warning: %s: %s%s%n",
          where,
          String.join(", ", shown),
          more > 0 ? " and %,d more".formatted(more) : "");
    }
  }

  private static void table(PrintWriter out, List<TensorDifference> changed) {
    int width =
        changed.stream()
            .mapToInt(tensor -> WrittenText.name(tensor.name()).length())
            .max()
            .orElse(0);
    var format = "%-" + Math.clamp(width, 6, LONGEST_NAME) + "s  %10s  %9s  %9s  %5s  %s%n";
    out.println();
    out.printf(Locale.ROOT, format, "tensor", "change", "cosine", "unequal", "rank", "looks like");
    for (var tensor : changed) {
      out.printf(
          Locale.ROOT,
          format,
          WrittenText.name(tensor.name()),
          percent(tensor.relative()),
          String.format(Locale.ROOT, "%.6f", tensor.cosine()),
          String.format(Locale.ROOT, "%.2f %%", PERCENT * tensor.changed()),
          tensor.rank().isPresent() ? tensor.rank().getAsInt() : "-",
          tensor.words());
    }
  }

  private static String percent(double relative) {
    return Double.isNaN(relative) ? "-" : String.format(Locale.ROOT, "%.3g %%", PERCENT * relative);
  }

  private void map(PrintWriter out) {
    var map = difference.map();
    if (map.layers().isEmpty() || map.modules().isEmpty()) {
      return;
    }
    out.printf("%nrelative change in %%%n%5s", "layer");
    for (var module : map.modules()) {
      out.printf(Locale.ROOT, "  %" + column(module) + "s", WrittenText.name(module));
    }
    out.println();
    for (int i = 0; i < map.layers().size(); i++) {
      out.printf(Locale.ROOT, "%5d", map.layers().get(i));
      for (int j = 0; j < map.modules().size(); j++) {
        double relative = map.relative().get(i).get(j);
        out.printf(
            Locale.ROOT,
            "  %" + column(map.modules().get(j)) + "s",
            Double.isNaN(relative)
                ? ""
                : relative == 0 ? "." : String.format(Locale.ROOT, "%.3g", PERCENT * relative));
      }
      out.println();
    }
  }

  private static int column(String module) {
    return Math.max(6, WrittenText.name(module).length());
  }

  public String json() {
    return Json.text(DifferenceView.of(difference));
  }
}
