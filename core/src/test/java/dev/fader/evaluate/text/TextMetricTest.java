package dev.fader.evaluate.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.evaluate.interval.Interval;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Metrics of texts against sacreBLEU, rouge_score and the evaluation of SQuAD
/// (`task_metric_goldens.py`).
class TextMetricTest {
  /// Both sides count the same whole numbers; what is left is the order of a few operations on
  /// doubles, relative to scores of up to 100.
  private static final double TOLERANCE = 1e-10;

  static JsonNode golden() throws IOException {
    try (InputStream file =
        Objects.requireNonNull(
            TextMetricTest.class.getResourceAsStream("/golden/tasks/texts.json"))) {
      return JsonMapper.shared().readTree(file);
    }
  }

  static List<TextMetric> measured() {
    return TextMetrics.all().stream()
        .filter(metric -> !metric.name().equals("exact-match"))
        .toList();
  }

  private static List<String> references(JsonNode item) {
    var references = new ArrayList<String>();
    item.get("references").forEach(reference -> references.add(reference.stringValue()));
    return references;
  }

  @ParameterizedTest
  @MethodSource("measured")
  void itemsScoreAsTheReferenceSays(TextMetric metric) throws IOException {
    for (var item : golden().get("items")) {
      assertEquals(
          item.get(metric.name()).doubleValue(),
          metric.score(item.get("candidate").stringValue(), references(item)),
          TOLERANCE,
          item.toString());
    }
  }

  @ParameterizedTest
  @MethodSource("measured")
  void allTogetherScoreAsTheReferenceSays(TextMetric metric) throws IOException {
    var golden = golden();
    var statistics = new ArrayList<double[]>();
    for (var item : golden.get("items")) {
      statistics.add(metric.statistics(item.get("candidate").stringValue(), references(item)));
    }
    assertEquals(
        golden.get("corpus").get(metric.name()).doubleValue(),
        metric.score(Interval.sums(statistics)),
        TOLERANCE);
  }

  @Test
  void stemsAreThoseOfNltk() throws IOException {
    var stems = golden().get("stems");
    assertTrue(stems.size() > 150);
    for (var word : stems.propertyNames()) {
      assertEquals(stems.get(word).stringValue(), PorterStemmer.stem(word), word);
    }
  }

  @Test
  void exactMatchForgivesOnlyWhiteSpaceAtTheEnds() {
    var metric = new ExactMatch(false);
    assertEquals(1, metric.score(" Paris\n", List.of("Lyon", "Paris")));
    assertEquals(1, metric.score("\u00a0x", List.of("x ")));
    assertEquals(0, metric.score("paris", List.of("Paris")));
    assertEquals(0, metric.score("Paris.", List.of("Paris")));
    assertEquals(0, metric.score("a  b", List.of("a b")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "exact-match",
        "exact-match-normalized",
        "f1",
        "rouge-1",
        "rouge-2",
        "rouge-l",
        "rouge-1-stemmed",
        "rouge-2-stemmed",
        "rouge-l-stemmed",
        "chrf",
        "chrf++",
        "bleu"
      })
  void everyMetricIsFoundByItsName(String name) {
    var metric = TextMetrics.named(name);
    assertEquals(name, metric.name());
    var text = "the same text in both places";
    assertEquals(metric.best(), metric.score(text, List.of("other", text)), 1e-12);
  }

  @Test
  void anotherNameIsRefused() {
    var refused = assertThrows(IllegalArgumentException.class, () -> TextMetrics.named("meteor"));
    assertEquals(
        "'meteor' is not a metric of texts: choose from exact-match, exact-match-normalized, f1,"
            + " rouge-1, rouge-2, rouge-l, rouge-1-stemmed, rouge-2-stemmed, rouge-l-stemmed, chrf,"
            + " chrf++, bleu",
        refused.getMessage());
  }
}
