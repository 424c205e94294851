package dev.fader.tune;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class LabelScoresTest {
  private static Classification found(boolean several, double... logits) {
    return Classification.of(Arrays.stream(logits).boxed().toList(), several);
  }

  @Test
  void oneLabelEach() {
    var scores = new LabelScores(new ClassLabels(List.of("a", "b", "c"), false, ClassPooling.LAST));
    scores.add(List.of(0), found(false, Math.log(3), 0, -100));
    scores.add(List.of(0), found(false, 0, Math.log(3), -100));
    scores.add(List.of(1), found(false, 0, Math.log(3), -100));
    assertEquals(2 / 3.0, scores.accuracy());
    assertEquals(1, scores.precision(0));
    assertEquals(0.5, scores.recall(0));
    assertEquals(2 / 3.0, scores.f1(0));
    assertEquals(0.5, scores.precision(1));
    assertEquals(0, scores.precision(2));
    assertEquals(0, scores.recall(2));
    assertEquals(0.5, scores.confidence(0), 1e-12); // the mean of 3/4 and 1/4
    assertEquals(0, scores.confidence(2));
    assertEquals(1, scores.confusion().orElseThrow().count(0, 1));
  }

  @Test
  void anyNumberOfLabels() {
    var scores = new LabelScores(new ClassLabels(List.of("a", "b"), true, ClassPooling.LAST));
    scores.add(List.of(0, 1), found(true, 2, -1));
    scores.add(List.of(), found(true, -1, -1));
    scores.add(List.of(1), found(true, -3, 1));
    assertEquals(2 / 3.0, scores.accuracy());
    assertEquals(1, scores.f1(0));
    assertEquals(2 / 3.0, scores.f1(1));
    assertEquals(0.5, scores.recall(1));
    assertEquals(2, scores.support(1));
    assertEquals(true, scores.confusion().isEmpty());
  }
}
