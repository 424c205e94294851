package dev.fader.app.cli.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.DoubleUnaryOperator;

/// A drawing with a logarithmic axis to the right.
final class Plot {
  private static final int WIDTH = 760;
  private static final int HEIGHT = 360;
  private static final int LEFT = 60;
  private static final int RIGHT = 20;
  private static final int TOP = 16;
  private static final int BOTTOM = 44;
  private static final int TICKS = 5;
  private static final int CURVE_POINTS = 60;

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
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"%s by %s\""
                    .formatted(WIDTH, HEIGHT, up, across)
                + " font-family=\"sans-serif\" font-size=\"12\" fill=\"#222\">\n"
                + "<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>%n".formatted(WIDTH, HEIGHT));
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
              PageText.escaped(point.name()),
              point.y()));
    }
    int line = 0;
    for (var label : labels) {
      svg.append(
          "<text x=\"%d\" y=\"%d\" text-anchor=\"end\"><tspan fill=\"%s\">&#9679;</tspan> %s</text>%n"
              .formatted(
                  WIDTH - RIGHT,
                  TOP + 14 + 16 * line++,
                  label.colour(),
                  PageText.escaped(label.text())));
    }
    return svg.append("</svg>\n").toString();
  }

  private void axes(StringBuilder svg, double[] xs, double[] ys) {
    for (int i = 0; i <= TICKS; i++) {
      double value = ys[0] + (ys[1] - ys[0]) * i / TICKS;
      svg.append(
          String.format(
              Locale.ROOT,
              "<line stroke=\"#ddd\" x1=\"%d\" x2=\"%d\" y1=\"%.1f\" y2=\"%.1f\"/>"
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
