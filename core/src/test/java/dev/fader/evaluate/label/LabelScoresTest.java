package dev.fader.evaluate.label;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Figures of labels against scikit-learn (`task_metric_goldens.py`).
class LabelScoresTest {
  private static final double TOLERANCE = 1e-12;

  private static JsonNode golden() throws IOException {
    try (var file =
        Objects.requireNonNull(
            LabelScoresTest.class.getResourceAsStream("/golden/tasks/labels.json"))) {
      return JsonMapper.shared().readTree(file);
    }
  }

  private static int[] ints(JsonNode array) {
    return IntStream.range(0, array.size()).map(i -> array.get(i).intValue()).toArray();
  }

  private static boolean[][] bits(JsonNode rows) {
    var bits = new boolean[rows.size()][];
    for (int row = 0; row < bits.length; row++) {
      bits[row] = new boolean[rows.get(row).size()];
      for (int label = 0; label < bits[row].length; label++) {
        bits[row][label] = rows.get(row).get(label).intValue() == 1;
      }
    }
    return bits;
  }

  @Test
  void oneLabelEach() throws IOException {
    for (var expected : golden().get("single")) {
      int labels = expected.get("classes").intValue();
      var matrix =
          ConfusionMatrix.of(
              ints(expected.get("expected")), ints(expected.get("predicted")), labels);
      var name = expected.toString();
      assertEquals(labels, matrix.labels());
      assertEquals(expected.get("accuracy").doubleValue(), matrix.accuracy(), TOLERANCE, name);
      assertEquals(expected.get("micro").doubleValue(), matrix.accuracy(), TOLERANCE, name);
      assertEquals(expected.get("macro").doubleValue(), matrix.macroF1(), TOLERANCE, name);
      assertEquals(expected.get("weighted").doubleValue(), matrix.weightedF1(), TOLERANCE, name);
      assertEquals(expected.get("matthews").doubleValue(), matrix.matthews(), TOLERANCE, name);
      for (int label = 0; label < labels; label++) {
        assertEquals(
            expected.get("precision").get(label).doubleValue(),
            matrix.precision(label),
            TOLERANCE,
            name);
        assertEquals(
            expected.get("recall").get(label).doubleValue(), matrix.recall(label), TOLERANCE, name);
        assertEquals(
            expected.get("f1").get(label).doubleValue(), matrix.f1(label), TOLERANCE, name);
        assertEquals(expected.get("support").get(label).longValue(), matrix.support(label), name);
        for (int predicted = 0; predicted < labels; predicted++) {
          assertEquals(
              expected.get("confusion").get(label).get(predicted).longValue(),
              matrix.count(label, predicted),
              name);
        }
      }
    }
  }

  @Test
  void severalLabelsEach() throws IOException {
    for (var expected : golden().get("multi")) {
      var scores =
          MultiLabelScores.of(bits(expected.get("expected")), bits(expected.get("predicted")));
      var name = expected.toString();
      assertEquals(expected.get("subset").doubleValue(), scores.subsetAccuracy(), TOLERANCE, name);
      assertEquals(expected.get("macro").doubleValue(), scores.macroF1(), TOLERANCE, name);
      assertEquals(expected.get("micro").doubleValue(), scores.microF1(), TOLERANCE, name);
      for (int label = 0; label < expected.get("f1").size(); label++) {
        assertEquals(
            expected.get("f1").get(label).doubleValue(), scores.f1(label), TOLERANCE, name);
      }
    }
  }

  @Test
  void whatDoesNotFitIsRefused() {
    var lengths =
        assertThrows(
            IllegalArgumentException.class,
            () -> ConfusionMatrix.of(new int[] {0}, new int[] {0, 1}, 2));
    assertEquals(
        "labels of 1 items are expected, and of 2 predicted: give one of each for every item",
        lengths.getMessage());
    var label =
        assertThrows(
            IllegalArgumentException.class,
            () -> ConfusionMatrix.of(new int[] {0, 2}, new int[] {0, 1}, 2));
    assertEquals("label 2 of item 1 is none of the 2: give labels from 0 to 1", label.getMessage());
    var rows =
        assertThrows(
            IllegalArgumentException.class,
            () -> MultiLabelScores.of(new boolean[2][3], new boolean[2][4]));
    assertEquals("there are 3 labels and 4: give the same of both", rows.getMessage());
  }

  @Test
  void nothingIsZero() {
    var matrix = ConfusionMatrix.of(new int[0], new int[0], 3);
    assertEquals(0, matrix.accuracy());
    assertEquals(0, matrix.macroF1());
    assertEquals(0, matrix.weightedF1());
    assertEquals(0, matrix.matthews());
    assertEquals(0, MultiLabelScores.of(new boolean[0][], new boolean[0][]).microF1());
  }
}
