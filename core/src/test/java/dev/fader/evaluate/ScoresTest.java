package dev.fader.evaluate;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fader.evaluate.choice.Likelihood;
import dev.fader.evaluate.interval.Interval;
import dev.fader.evaluate.text.TextMetrics;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class ScoresTest {
  private static Map<String, Figure> byName(List<Figure> figures) {
    return figures.stream().collect(Collectors.toMap(Figure::name, Function.identity()));
  }

  private static TaskItem.Choice item(int right, String... choices) {
    return new TaskItem.Choice("x:1", new TaskPrompt.Text("x"), List.of(choices), " ", right);
  }

  private static List<Likelihood> likelihoods(double... logProbabilities) {
    var likelihoods = new ArrayList<Likelihood>();
    for (double logProbability : logProbabilities) {
      likelihoods.add(new Likelihood(logProbability, logProbability > -1, 1, 0));
    }
    return likelihoods;
  }

  /// The three lengths decide differently: -6 is the largest sum, -8 / 5 the largest for a
  /// character, and -9 / 8 the largest for a byte.
  @Test
  void lengthsDecide() {
    var scores = new ChoiceScores();
    var picked = scores.add(item(1, "abc", "abcde", "\u65e5\u672cab"), likelihoods(-6, -8, -9));
    assertEquals(new ChoiceScores.Picked(1, 0, 1, 2, false), picked);
    var figures = byName(scores.figures());
    assertEquals(0, figures.get("acc").value());
    assertEquals(1, figures.get("acc_norm").value());
    assertEquals(0, figures.get("acc_bytes").value());
    assertEquals(0, figures.get("exact_match").value());
  }

  @Test
  void ofEqualOnesTheFirstCounts() {
    assertEquals(
        new ChoiceScores.Picked(0, 0, 0, 0, true),
        new ChoiceScores().add(item(0, "a", "b"), likelihoods(-0.5, -0.5)));
  }

  @Test
  void sameChoicesAreLabels() {
    var scores = new ChoiceScores();
    scores.add(item(0, "no", "so"), likelihoods(-1, -2));
    scores.add(item(1, "no", "so"), likelihoods(-1, -2));
    scores.add(item(1, "no", "so"), likelihoods(-3, -2));
    assertEquals(Optional.of(List.of("no", "so")), scores.labels());
    assertEquals(1, scores.confusion().orElseThrow().count(1, 0));
    var figures = byName(scores.figures());
    assertEquals(2 / 3.0, figures.get("acc").value(), 1e-15);
    assertEquals(Interval.ofShare(2, 3), figures.get("acc").interval());
    assertEquals(2 / 3.0, figures.get("macro_f1").value(), 1e-15);
    assertEquals(0.5, figures.get("matthews").value(), 1e-15);
    scores.add(item(1, "no", "go"), likelihoods(-3, -2));
    assertEquals(Optional.empty(), scores.confusion());
    assertEquals(
        List.of("acc", "acc_norm", "acc_bytes", "exact_match"),
        scores.figures().stream().map(Figure::name).toList());
  }

  @Test
  void cutItemsAreCounted() {
    var scores = new ChoiceScores();
    scores.add(
        item(0, "a", "b"),
        List.of(new Likelihood(-1, true, 1, 0), new Likelihood(-2, false, 2, 1)));
    scores.add(item(0, "a", "b"), likelihoods(-1, -2));
    assertEquals(1, scores.cut());
  }

  @Test
  void answersHaveAFigureForEachMetric() {
    var scores = new AnswerScores(TextMetrics.usual());
    assertEquals(List.of(1.0, 1.0, 1.0, 100.0), scores.add("Paris", List.of("Lyon", "Paris")));
    assertEquals(List.of(0.0, 0.0, 0.0, 0.0), scores.add("x", List.of("Berlin")));
    var figures = byName(scores.figures());
    assertEquals(0.5, figures.get("exact-match").value());
    assertEquals(Interval.ofShare(1, 2), figures.get("exact-match").interval());
    assertEquals(0.5, figures.get("f1").value());
    assertEquals(new Interval(0, 1), figures.get("f1").interval());
    assertEquals(100, figures.get("chrf").best());
    // Characters are counted together: of 11 that were expected, 5 were written, and one more.
    assertEquals(46.5, figures.get("chrf").value(), 0.1);
    assertEquals(scores.figures(), scores.figures());
  }
}
