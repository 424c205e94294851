package dev.fader.evaluate;

import dev.fader.evaluate.interval.Interval;
import dev.fader.evaluate.text.TextMetric;
import java.util.ArrayList;
import java.util.List;

/// The scores of texts that a model wrote.
public final class AnswerScores {
  /// Of the draws of the bootstrap, so that the same answers have the same intervals.
  private static final long SEED = 1234;

  private final List<TextMetric> metrics;
  private final List<List<double[]>> statistics = new ArrayList<>(); // by metric, by item

  /// Scores by these metrics, without any items.
  public AnswerScores(List<TextMetric> metrics) {
    this.metrics = List.copyOf(metrics);
    this.metrics.forEach(_ -> statistics.add(new ArrayList<>()));
  }

  /// Adds a text, and returns its score by each metric, alone.
  ///
  /// @param references texts that would be right, at least one
  public List<Double> add(String written, List<String> references) {
    var scores = new ArrayList<Double>();
    for (int i = 0; i < metrics.size(); i++) {
      var item = metrics.get(i).statistics(written, references);
      statistics.get(i).add(item);
      scores.add(metrics.get(i).score(item));
    }
    return scores;
  }

  /// The score of all of them by each metric.
  ///
  /// @throws IllegalArgumentException if there are none
  public List<Figure> figures() {
    var figures = new ArrayList<Figure>();
    for (int i = 0; i < metrics.size(); i++) {
      var metric = metrics.get(i);
      var sums = Interval.sums(statistics.get(i));
      var interval =
          metric.isShare()
              ? Interval.ofShare(Math.round(sums[0]), statistics.get(i).size())
              : Interval.ofScore(statistics.get(i), metric::score, SEED);
      figures.add(new Figure(metric.name(), metric.score(sums), interval, metric.best()));
    }
    return figures;
  }
}
