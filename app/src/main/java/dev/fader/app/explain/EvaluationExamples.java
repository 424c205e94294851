package dev.fader.app.explain;

import static dev.fader.app.explain.LineExamples.text;

import dev.fader.evaluate.interval.Interval;
import dev.fader.evaluate.text.TextMetric;
import dev.fader.evaluate.text.TextMetrics;
import dev.fader.kernel.Engine;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/// What can be shown of answers, without a model.
final class EvaluationExamples {
  private static final String RIGHT = "the quick horse saw a red fox";

  private static final List<String> ANSWERS =
      List.of(
          RIGHT, "The quick horse saw a red fox!", "a quick horse sees the red foxes", "a king");

  private EvaluationExamples() {}

  static void evaluation(Engine engine, Consumer<String> lines) {
    var metrics = TextMetrics.usual();
    lines.accept("expected: " + RIGHT);
    lines.accept(
        text(
            "%-32s  %s",
            "written",
            metrics.stream()
                .map(metric -> text("%6s", metric.name()))
                .collect(Collectors.joining("  "))));
    for (var answer : ANSWERS) {
      lines.accept(text("%-32s  %s", answer, scores(metrics, answer)));
    }
    lines.accept("");
    for (int items : new int[] {10, 100, 1000, 10_000}) {
      var interval = Interval.ofShare(items * 6L / 10, items);
      lines.accept(
          text(
              "60 %% right of %,6d items: for others like them, between %.1f and %.1f %%",
              items, 100 * interval.low(), 100 * interval.high()));
    }
  }

  private static String scores(List<TextMetric> metrics, String answer) {
    return metrics.stream()
        .map(metric ->
            text(
                "%" + Math.max(6, metric.name().length()) + ".2f",
                metric.score(answer, List.of(RIGHT))))
        .collect(Collectors.joining("  "));
  }
}
