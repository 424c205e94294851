package dev.fader.app.cli.report;

import dev.fader.sweep.lab.Finding;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/// Findings as a drawing on white, which stands by itself in a page or a document.
final class LabDrawing {
  private static final int WIDTH = 760;
  private static final int LEFT = 150;
  private static final int RIGHT = 20;
  private static final int TOP = 24;
  private static final int LINE = 26;
  private static final int TICKS = 5;

  private static final int MAP_LEFT = 60;
  private static final int MAP_TOP = 50;
  private static final int MAP_GAP = 30;
  private static final int CELL_HEIGHT = 34;

  /// From few to much: light to dark, also for who sees no colours.
  private static final int[] LOW = {0xf2, 0xf7, 0xfc};

  private static final int[] HIGH = {0x08, 0x30, 0x6b};

  private LabDrawing() {}

  /// Two maps side by side: the loss of what was read, and of what was not, in the same colours.
  static String map(List<Finding> findings) {
    var rows = findings.stream().map(of -> of.condition().row()).distinct().toList();
    var columns = findings.stream().map(of -> of.condition().column()).distinct().toList();
    double low = lowest(findings, Finding::trainingLoss, Finding::loss);
    double high = -lowest(findings, of -> -of.trainingLoss(), of -> -of.loss());
    int height = MAP_TOP + rows.size() * CELL_HEIGHT + 40;
    var svg = begin(height, "Losses by size and amount of text");
    int wide = (WIDTH - MAP_LEFT - MAP_GAP) / 2;
    for (int side = 0; side < 2; side++) {
      ToDoubleFunction<Finding> loss = side == 0 ? Finding::trainingLoss : Finding::loss;
      int left = MAP_LEFT + side * (wide + MAP_GAP);
      double cell = (double) (wide - 10) / columns.size();
      text(svg, left, 20, "start", side == 0 ? "loss of what it read" : "loss of what it did not");
      for (int column = 0; column < columns.size(); column++) {
        text(svg, left + (column + 0.5) * cell, 42, "middle", columns.get(column));
      }
      for (var finding : findings) {
        int row = rows.indexOf(finding.condition().row());
        int column = columns.indexOf(finding.condition().column());
        cell(
            svg,
            new double[] {left + column * cell, MAP_TOP + row * CELL_HEIGHT, cell - 2},
            loss.applyAsDouble(finding),
            (loss.applyAsDouble(finding) - low) / Math.max(1e-9, high - low));
      }
    }
    for (int row = 0; row < rows.size(); row++) {
      text(svg, MAP_LEFT - 8, MAP_TOP + row * CELL_HEIGHT + 22, "end", rows.get(row));
    }
    text(svg, WIDTH / 2.0, height - 12, "middle", "size (layers x width) by share of the text");
    return svg.append("</svg>\n").toString();
  }

  @SafeVarargs
  private static double lowest(List<Finding> findings, ToDoubleFunction<Finding>... losses) {
    double lowest = Double.POSITIVE_INFINITY;
    for (var finding : findings) {
      for (var loss : losses) {
        double value = loss.applyAsDouble(finding);
        lowest = Double.isNaN(value) ? lowest : Math.min(lowest, value);
      }
    }
    return lowest;
  }

  private static void cell(StringBuilder svg, double[] at, double value, double heat) {
    double part = Double.isNaN(heat) ? 0 : Math.clamp(heat, 0, 1);
    int[] colour = new int[3];
    for (int i = 0; i < 3; i++) {
      colour[i] = (int) Math.round(LOW[i] + (HIGH[i] - LOW[i]) * part);
    }
    svg.append(
        String.format(
            Locale.ROOT,
            "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%d\" fill=\"#%02x%02x%02x\"/>"
                + "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\" fill=\"%s\">%s</text>%n",
            at[0],
            at[1],
            at[2],
            CELL_HEIGHT - 2,
            colour[0],
            colour[1],
            colour[2],
            at[0] + at[2] / 2,
            at[1] + 21,
            part > 0.5 ? "#fff" : "#222",
            Double.isNaN(value) ? "-" : String.format(Locale.ROOT, "%.2f", value)));
  }

  /// A line for each condition: the mean, and where another mean of as many seeds would lie.
  static String intervals(List<Finding> findings) {
    double low = Double.POSITIVE_INFINITY;
    double high = Double.NEGATIVE_INFINITY;
    for (var finding : findings) {
      for (double value : bounds(finding)) {
        low = Math.min(low, value);
        high = Math.max(high, value);
      }
    }
    double step = step(Math.max(1e-3, high - low));
    var scale = new Scale(step * Math.floor(low / step), step * Math.ceil(high / step));
    int height = TOP + findings.size() * LINE + 44;
    var svg = begin(height, "Losses with intervals");
    long ticks = Math.round((scale.high() - scale.low()) / step);
    for (long i = 0; i <= ticks; i++) {
      double value = scale.low() + step * i;
      svg.append(
          String.format(
              Locale.ROOT,
              "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\" stroke=\"#ddd\"/>%n",
              scale.x(value),
              scale.x(value),
              TOP - 6,
              height - 38));
      text(svg, scale.x(value), height - 24, "middle", String.format(Locale.ROOT, "%.4g", value));
    }
    for (int i = 0; i < findings.size(); i++) {
      var finding = findings.get(i);
      int y = TOP + i * LINE + 8;
      text(svg, LEFT - 10, y + 4, "end", LabReport.name(finding));
      var bounds = bounds(finding);
      if (bounds.length > 0) {
        svg.append(
            String.format(
                Locale.ROOT,
                "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%d\" y2=\"%d\" stroke=\"#0072b2\" stroke-width=\"3\"/>"
                    + "<circle cx=\"%.1f\" cy=\"%d\" r=\"5\" fill=\"#d55e00\"><title>%.4f</title></circle>%n",
                scale.x(bounds[0]),
                scale.x(bounds[1]),
                y,
                y,
                scale.x(finding.loss()),
                y,
                finding.loss()));
      }
    }
    text(svg, (LEFT + WIDTH - RIGHT) / 2.0, height - 6, "middle", "loss of what it did not read");
    return svg.append("</svg>\n").toString();
  }

  /// Between two lines of a scale: 1, 2 or 5 times a power of ten, so that there are about
  /// [#TICKS].
  private static double step(double range) {
    double power = Math.pow(10, Math.floor(Math.log10(range / TICKS)));
    double steps = range / TICKS / power;
    return power * (steps <= 1 ? 1 : steps <= 2 ? 2 : steps <= 5 ? 5 : 10);
  }

  private static double[] bounds(Finding finding) {
    double loss = finding.loss();
    if (Double.isNaN(loss)) {
      return new double[0];
    }
    var interval = finding.interval();
    return Double.isFinite(interval.low())
        ? new double[] {interval.low(), interval.high()}
        : new double[] {loss, loss};
  }

  private record Scale(double low, double high) {
    double x(double value) {
      return LEFT + (WIDTH - LEFT - RIGHT) * (value - low) / (high - low);
    }
  }

  private static StringBuilder begin(int height, String title) {
    return new StringBuilder(
        """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" role="img" aria-label="%s" font-family="sans-serif" font-size="13">
        <rect width="%d" height="%d" fill="#fff"/>
        """
            .formatted(WIDTH, height, title, WIDTH, height));
  }

  private static void text(StringBuilder svg, double x, double y, String anchor, String text) {
    svg.append(
        String.format(
            Locale.ROOT,
            "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" fill=\"#222\">%s</text>%n",
            x,
            y,
            anchor,
            PageText.escaped(text)));
  }
}
