package dev.fader.app.cli.report;

import dev.fader.app.cli.terminal.WrittenText;
import dev.fader.app.view.Json;
import dev.fader.app.view.TensorView;
import dev.fader.inspect.tensor.LineNorms;
import dev.fader.inspect.tensor.MagnitudeHistogram;
import dev.fader.inspect.tensor.ModelTensor;
import dev.fader.inspect.tensor.TensorCell;
import dev.fader.inspect.tensor.TensorSlice;
import dev.fader.inspect.tensor.TensorStatistics;
import java.io.PrintWriter;
import java.util.Locale;

/// One tensor: all figures, a histogram, its first numbers; slices and cells of it.
public final class TensorSheet {
  private static final int BAR = 24;
  private static final int FIRST = 8;

  private TensorSheet() {}

  static void print(PrintWriter out, TensorStatistics of, ModelTensor tensor) {
    var entry = of.entry();
    out.println();
    line(out, "numbers", "%,d, of which %,d are finite", entry.elements(), of.finite());
    line(out, "bytes", "%,d at byte %,d of %s", entry.bytes(), entry.offset(), entry.file());
    line(
        out,
        "range",
        "%s to %s, %.1f deviations from the mean at most",
        TensorReport.number(of.least()),
        TensorReport.number(of.greatest()),
        of.farthest());
    of.rows().ifPresent(rows -> lines(out, "rows", rows));
    of.columns().ifPresent(columns -> lines(out, "columns", columns));
    if (entry.elements() > 0) {
      var rows = new TensorSlice.Range(0, 1);
      var columns = new TensorSlice.Range(0, FIRST).within(entry.columns());
      var first = new StringBuilder();
      for (float value : TensorSlice.of(tensor, rows, columns).values().getFirst()) {
        first.append(' ').append(value);
      }
      line(out, "begins", "%s", first.toString().strip());
    }
    histogram(out, of.histogram());
  }

  private static void lines(PrintWriter out, String name, LineNorms of) {
    line(
        out,
        name,
        "%,d, norms %s (%d) to %s (%d), mean %s, deviation %s",
        of.count(),
        TensorReport.number(of.least()),
        of.leastAt(),
        TensorReport.number(of.greatest()),
        of.greatestAt(),
        TensorReport.number(of.mean()),
        TensorReport.number(of.deviation()));
  }

  private static void line(PrintWriter out, String name, String format, Object... values) {
    out.printf("%-9s %s%n", name, String.format(Locale.ROOT, format, values));
  }

  /// Negative numbers to the left and positive ones to the right of their magnitude.
  private static void histogram(PrintWriter out, MagnitudeHistogram of) {
    long most = 1;
    int last = 0;
    for (int bin = 0; bin < MagnitudeHistogram.BINS; bin++) {
      most = Math.max(most, Math.max(of.negative().get(bin), of.positive().get(bin)));
      last = of.negative().get(bin) + of.positive().get(bin) > 0 ? bin : last;
    }
    out.printf(
        Locale.ROOT, "%n%" + BAR + "s  %-21s  %s%n", "negative", "     magnitudes", "positive");
    for (int bin = 0; bin <= last; bin++) {
      out.printf(
          Locale.ROOT,
          "%" + BAR + "s  %9.3g to %-8.3g  %s%n",
          bar(of.negative().get(bin), most),
          of.edge(bin, true),
          of.edge(bin, false),
          bar(of.positive().get(bin), most));
    }
    out.printf(Locale.ROOT, "%,d numbers counted, %,d of them zero%n", of.counted(), of.zeros());
  }

  /// What is there at all has a dot.
  private static String bar(long count, long most) {
    int length = (int) Math.round((double) BAR * count / most);
    return count == 0 ? "" : length == 0 ? "." : "#".repeat(length);
  }

  /// A slice as a table.
  public static String text(TensorSlice slice) {
    var text = new StringBuilder(String.format(Locale.ROOT, "%8s", "row"));
    for (long column = slice.columns().from(); column < slice.columns().end(); column++) {
      text.append(String.format(Locale.ROOT, " %12d", column));
    }
    long row = slice.rows().from();
    for (var values : slice.values()) {
      text.append(String.format(Locale.ROOT, "%n%8d", row++));
      for (float value : values) {
        text.append(String.format(Locale.ROOT, " %12.6g", value));
      }
    }
    return text.toString();
  }

  public static String json(TensorSlice slice) {
    return Json.text(TensorView.of(slice));
  }

  /// A cell in words.
  public static String text(TensorCell cell) {
    var text = new StringBuilder();
    text.append(
        String.format(
            Locale.ROOT,
            "%s, row %d, column %d: %s%n%s, %d bytes at byte %,d of %s: %s",
            WrittenText.name(cell.name()),
            cell.row(),
            cell.column(),
            cell.value(),
            cell.type(),
            cell.bytes().length() / 2,
            cell.offset(),
            cell.file(),
            cell.bytes()));
    cell.block()
        .ifPresent(block ->
            text.append(
                String.format(
                    Locale.ROOT,
                    "%nnumber %d of %d of block %,d%n%s = scale %s * level %s%s%s",
                    block.index(),
                    block.elements(),
                    block.number(),
                    cell.value(),
                    block.scale(),
                    block.level(),
                    block.minimum() == 0 ? "" : " - minimum " + block.minimum(),
                    block.code() < 0 ? "" : ", stored as code " + block.code())));
    return text.toString();
  }

  public static String json(TensorCell cell) {
    return Json.text(TensorView.of(cell));
  }
}
