package dev.fader.app.cli.report;

import dev.fader.sweep.SweepResult;
import dev.fader.sweep.SweepRun.Purpose;
import dev.fader.sweep.SweepVerdict;
import dev.fader.sweep.law.ScalingLaw;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.function.DoubleUnaryOperator;

/// The report of a sweep as one page without scripts, which opens from disk: what was found in
/// words, losses by size and by budget as drawings, and all runs.
///
/// @param checks the larger run, if there was one
/// @param wanted the budget that was predicted for
/// @param sentences what was found
record SweepPage(
    SweepVerdict verdict, List<SweepResult> checks, double wanted, List<String> sentences) {
  /// Told apart by people who see few colours, too (Okabe and Ito 2008).
  private static final List<String> COLOURS =
      List.of("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9");

  private static final int CURVE_POINTS = 60;

  String html() {
    var body = new StringBuilder();
    sentences.forEach(line -> body.append("<p>").append(escaped(line)).append("</p>\n"));
    if (!ladder().isEmpty()) {
      body.append("<h2>Loss by size, at equal arithmetic</h2>\n").append(bySize());
      body.append("<h2>Loss by arithmetic</h2>\n").append(byBudget());
    }
    body.append("<h2>Runs</h2>\n").append(table());
    return """
    <!doctype html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>How much is enough</title>
    <style>
    :root { color-scheme: light dark; }
    body { font: 16px/1.5 system-ui, sans-serif; max-width: 52rem; margin: 2rem auto; padding: 0 1rem; }
    svg { width: 100%%; height: auto; }
    svg text { font: 12px system-ui, sans-serif; fill: currentColor; }
    svg .axis { stroke: currentColor; stroke-opacity: .25; }
    table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
    td, th { padding: .2rem .7rem; text-align: right; }
    td:first-child, th:first-child { text-align: left; }
    tr:nth-child(even) { background: color-mix(in srgb, currentColor 6%%, transparent); }
    </style>
    </head>
    <body>
    <h1>How much is enough</h1>
    %s</body>
    </html>
    """
        .formatted(body);
  }

  private List<SweepResult> ladder() {
    return verdict.results().stream()
        .filter(result -> result.purpose() == Purpose.LADDER && result.isWhole())
        .toList();
  }

  /// A curve for each budget: too small a model on the left, too short a run on the right.
  private String bySize() {
    var byBudget = new TreeMap<Double, List<SweepResult>>();
    ladder()
        .forEach(result ->
            byBudget.computeIfAbsent(result.budget(), _ -> new ArrayList<>()).add(result));
    var plot = new Plot("size", "validation loss");
    int series = 0;
    for (var entry : byBudget.entrySet()) {
      var colour = COLOURS.get(series++ % COLOURS.size());
      var runs =
          entry.getValue().stream().sorted(Comparator.comparingDouble(SweepResult::size)).toList();
      runs.forEach(run -> plot.point(run.size(), run.loss(), colour, run.name()));
      if (verdict.fit().isPresent()) {
        var law = verdict.fit().get().law();
        double pairs = entry.getKey() / ScalingLaw.OPERATIONS;
        plot.curve(
            runs.getFirst().size() / 1.5,
            runs.getLast().size() * 1.5,
            size -> law.loss(size, pairs / size),
            colour);
      }
      plot.label(number(entry.getKey()) + " FLOP", colour);
    }
    return plot.svg();
  }

  /// All runs, the law beyond them, and the check.
  private String byBudget() {
    var plot = new Plot("floating-point operations", "validation loss");
    var measured = COLOURS.getFirst();
    ladder().forEach(run -> plot.point(run.flops(), run.loss(), measured, run.name()));
    plot.label("runs of the ladder", measured);
    double lowest = ladder().stream().mapToDouble(SweepResult::flops).min().orElse(1);
    if (verdict.fit().isPresent()) {
      var law = verdict.fit().get().law();
      var colour = COLOURS.get(1);
      plot.curve(lowest, wanted, flops -> law.optimum(flops).loss(), colour);
      plot.label("best by the law", colour);
    }
    for (var larger : checks) {
      if (larger.isWhole()) {
        plot.point(larger.flops(), larger.loss(), COLOURS.get(2), larger.name());
        plot.label("the check", COLOURS.get(2));
      }
    }
    return plot.svg();
  }

  private String table() {
    var rows = new StringBuilder();
    var all = new ArrayList<>(verdict.results());
    all.addAll(checks);
    for (var run : all) {
      rows.append(
          String.format(
              Locale.ROOT,
              "<tr><td>%s</td><td>%s</td><td>%d</td><td>%s</td><td>%s</td><td>%s</td><td>%s</td></tr>%n",
              escaped(run.name()),
              run.purpose().title(),
              run.layers(),
              SweepReport.scaled((double) run.parameters()),
              SweepReport.scaled(run.size()),
              SweepReport.scaled(run.tokens()),
              run.isWhole() ? String.format(Locale.ROOT, "%.4f", run.loss()) : "diverged"));
    }
    return "<table><tr><th>run</th><th>purpose</th><th>layers</th><th>parameters</th><th>size</th>"
        + "<th>tokens</th><th>loss</th></tr>\n"
        + rows
        + "</table>\n<p>Size is the arithmetic of training for each token, divided by six: the parameters"
        + " that a token is multiplied with, and its part of attention.</p>\n";
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.2g", value);
  }

  private static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }

  /// A drawing with a logarithmic axis to the right.
  private static final class Plot {
    private static final int WIDTH = 760;
    private static final int HEIGHT = 360;
    private static final int LEFT = 60;
    private static final int RIGHT = 20;
    private static final int TOP = 16;
    private static final int BOTTOM = 44;
    private static final int TICKS = 5;

    private record Point(double x, double y, String colour, String name) {}

    private record Curve(List<double[]> points, String colour) {}

    private record Label(String text, String colour) {}

    private final String across;
    private final String up;
    private final List<Point> points = new ArrayList<>();
    private final List<Curve> curves = new ArrayList<>();
    private final List<Label> labels = new ArrayList<>();

    Plot(String across, String up) {
      this.across = across;
      this.up = up;
    }

    void point(double x, double y, String colour, String name) {
      points.add(new Point(Math.log10(x), y, colour, name));
    }

    void curve(double from, double to, DoubleUnaryOperator y, String colour) {
      var line = new ArrayList<double[]>();
      for (int i = 0; i <= CURVE_POINTS; i++) {
        double x = Math.log10(from) + (Math.log10(to) - Math.log10(from)) * i / CURVE_POINTS;
        line.add(new double[] {x, y.applyAsDouble(Math.pow(10, x))});
      }
      curves.add(new Curve(line, colour));
    }

    void label(String text, String colour) {
      labels.add(new Label(text, colour));
    }

    String svg() {
      var xs = range(0);
      var ys = range(1);
      var svg =
          new StringBuilder(
              "<svg viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s by %s\">%n"
                  .formatted(WIDTH, HEIGHT, up, across));
      axes(svg, xs, ys);
      for (var curve : curves) {
        var path = new StringBuilder();
        for (var point : curve.points()) {
          path.append(String.format(Locale.ROOT, "%.1f,%.1f ", x(point[0], xs), y(point[1], ys)));
        }
        svg.append(
            "<polyline points=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>%n"
                .formatted(path.toString().strip(), curve.colour()));
      }
      for (var point : points) {
        svg.append(
            String.format(
                Locale.ROOT,
                "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4.5\" fill=\"%s\"><title>%s: %.4f</title></circle>%n",
                x(point.x(), xs),
                y(point.y(), ys),
                point.colour(),
                escaped(point.name()),
                point.y()));
      }
      int line = 0;
      for (var label : labels) {
        svg.append(
            "<text x=\"%d\" y=\"%d\" text-anchor=\"end\"><tspan fill=\"%s\">&#9679;</tspan> %s</text>%n"
                .formatted(
                    WIDTH - RIGHT, TOP + 14 + 16 * line++, label.colour(), escaped(label.text())));
      }
      return svg.append("</svg>\n").toString();
    }

    private void axes(StringBuilder svg, double[] xs, double[] ys) {
      for (int i = 0; i <= TICKS; i++) {
        double value = ys[0] + (ys[1] - ys[0]) * i / TICKS;
        svg.append(
            String.format(
                Locale.ROOT,
                "<line class=\"axis\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>"
                    + "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%.2f</text>%n",
                LEFT,
                WIDTH - RIGHT,
                y(value, ys),
                y(value, ys),
                LEFT - 8,
                y(value, ys) + 4,
                value));
        double power = xs[0] + (xs[1] - xs[0]) * i / TICKS;
        svg.append(
            String.format(
                Locale.ROOT,
                "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>%n",
                x(power, xs),
                HEIGHT - BOTTOM + 18,
                SweepReport.scaled(Math.pow(10, power))));
      }
      svg.append(
          "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%s</text>%n"
              .formatted((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6, across));
    }

    private double[] range(int axis) {
      double low = Double.POSITIVE_INFINITY;
      double high = Double.NEGATIVE_INFINITY;
      for (var point : points) {
        double value = axis == 0 ? point.x() : point.y();
        low = Math.min(low, value);
        high = Math.max(high, value);
      }
      for (var curve : curves) {
        for (var point : curve.points()) {
          low = Math.min(low, point[axis]);
          high = Math.max(high, point[axis]);
        }
      }
      double room = 0.05 * Math.max(high - low, 0.01);
      return new double[] {low - room, high + room};
    }

    private static double x(double value, double[] range) {
      return LEFT + (WIDTH - LEFT - RIGHT) * (value - range[0]) / (range[1] - range[0]);
    }

    private static double y(double value, double[] range) {
      return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * (value - range[0]) / (range[1] - range[0]);
    }
  }
}
