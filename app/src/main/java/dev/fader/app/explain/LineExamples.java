package dev.fader.app.explain;

import dev.fader.kernel.Engine;
import dev.fader.model.Role;
import dev.fader.train.recipe.ModelSize;
import java.util.Locale;
import java.util.function.Consumer;

/// What can be shown with a model of two numbers, and beside it one of a million.
final class LineExamples {
  /// On the line `2 x + 1`.
  private static final float[][] POINTS = {{-1, 0, 1, 2}, {-1, 1, 3, 5}};

  private static final float RATE = 0.1f;

  private LineExamples() {}

  static void parameter(Engine engine, Consumer<String> lines) {
    try (var line = new Line(engine, new float[] {0, 0}, POINTS)) {
      lines.accept("step         a         b    error");
      for (int step = 0; step <= 80; step++) {
        float a = line.a();
        float b = line.b();
        double loss = line.step(RATE);
        if (step == 0 || step == 1 || step == 2 || step % 20 == 0 || step == 5) {
          lines.accept(text("%4d  %8.4f  %8.4f  %7.4f", step, a, b, loss));
        }
      }
      lines.accept(text("so that for x = 2 it says 2a + b = %.4f", 2 * line.a() + line.b()));
    }
    lines.accept("");
    million(engine, lines);
  }

  private static void million(Engine engine, Consumer<String> lines) {
    var size = new ModelSize(32, 16, 192, 2, 1, 3, 3, 608, 0, true);
    try (var learner = new TextLearner(engine, Sentences.some(1, 50), size)) {
      lines.accept(text("a language model of %,d parameters", learner.parameters()));
      lines.accept("step  three of them                     loss");
      for (int step = 0; step <= 20; step++) {
        var weights = learner.weight(Role.QUERY);
        float first = weights.get(0);
        float second = weights.get(1);
        float third = weights.get(2);
        double loss = learner.step();
        if (step <= 2 || step == 5 || step % 10 == 0) {
          lines.accept(text("%4d  %9.6f  %9.6f  %9.6f  %7.4f", step, first, second, third, loss));
        }
      }
    }
  }

  static void gradient(Engine engine, Consumer<String> lines) {
    float nudge = 0.001f;
    try (var line = new Line(engine, new float[] {0.5f, 0}, POINTS)) {
      double loss = line.loss();
      var points = new StringBuilder("points");
      for (int i = 0; i < POINTS[0].length; i++) {
        points.append(text("  (%.0f, %.0f)", POINTS[0][i], POINTS[1][i]));
      }
      lines.accept(points.toString());
      lines.accept("error: the mean of (x a + b - y)^2 over them");
      lines.accept(text("a = %.3f, b = %.3f: error %.6f", line.a(), line.b(), loss));
      float slopeOfA = line.slopeOfA();
      float slopeOfB = line.slopeOfB();
      line.move(nudge, 0);
      double moreA = line.loss();
      line.move(-nudge, nudge);
      double moreB = line.loss();
      lines.accept(
          text(
              "a larger by %.3f: error %.6f, a slope of %.2f",
              nudge, moreA, (moreA - loss) / nudge));
      lines.accept(
          text(
              "b larger by %.3f: error %.6f, a slope of %.2f",
              nudge, moreB, (moreB - loss) / nudge));
      lines.accept(text("gradient, computed at once: (%.2f, %.2f)", slopeOfA, slopeOfB));
    }
  }

  static void learningRate(Engine engine, Consumer<String> lines) {
    lines.accept("error after         0           1           5    20 steps");
    for (float rate : new float[] {0.001f, 0.1f, 0.6f}) {
      try (var line = new Line(engine, new float[] {0, 0}, POINTS)) {
        var row = new StringBuilder(text("rate %5.3f", rate));
        for (int step = 0; step <= 20; step++) {
          double loss = line.step(rate);
          if (step == 0 || step == 1 || step == 5 || step == 20) {
            row.append(text("  %10.4f", loss));
          }
        }
        lines.accept(row.toString());
      }
    }
  }

  static void backpropagation(Engine engine, Consumer<String> lines) {
    var size = new ModelSize(32, 16, 16, 2, 1, 2, 2, 64, 0, true);
    try (var learner = new TextLearner(engine, Sentences.some(1, 20), size)) {
      for (int step = 0; step < 20; step++) {
        learner.step();
      }
      var weights = learner.weight(Role.UP);
      var slopes = learner.slopes(Role.UP, 3);
      lines.accept("number     nudged up and down     backpropagation");
      for (int i = 0; i < 3; i++) {
        float before = weights.get(i);
        float nudge = 0.02f;
        weights.set(i, before + nudge);
        double above = learner.lossOfFirstBatch();
        weights.set(i, before - nudge);
        double below = learner.lossOfFirstBatch();
        weights.set(i, before);
        lines.accept(text("%6d  %21.5f  %18.5f", i, (above - below) / (2 * nudge), slopes[i]));
      }
      lines.accept(
          text(
              "nudging all %,d parameters takes %,d passes; backpropagation takes one, and one back",
              learner.parameters(), 2 * learner.parameters()));
    }
  }

  static String text(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }
}
