package dev.fader.evaluate.text;

import java.util.List;
import java.util.stream.Collectors;

/// The metrics of texts that there are.
public final class TextMetrics {
  private static final List<TextMetric> ALL =
      List.of(
          new ExactMatch(false),
          new ExactMatch(true),
          new TokenF1(),
          Rouge.ofWords(1),
          Rouge.ofWords(2),
          Rouge.ofSubsequences(),
          Rouge.ofWords(1).withStems(),
          Rouge.ofWords(2).withStems(),
          Rouge.ofSubsequences().withStems(),
          new CharacterF(0),
          new CharacterF(2),
          new Bleu());

  private TextMetrics() {}

  /// All of them.
  public static List<TextMetric> all() {
    return ALL;
  }

  /// What is usually wanted of answers, summaries and translations: exact match, F1, ROUGE-L and
  /// chrF.
  public static List<TextMetric> usual() {
    return List.of(new ExactMatch(false), new TokenF1(), Rouge.ofSubsequences(), new CharacterF(0));
  }

  /// The metric with this [TextMetric#name].
  ///
  /// @throws IllegalArgumentException if there is none
  public static TextMetric named(String name) {
    return ALL.stream()
        .filter(metric -> metric.name().equals(name))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "'%s' is not a metric of texts: choose from %s"
                    .formatted(
                        name,
                        ALL.stream().map(TextMetric::name).collect(Collectors.joining(", ")))));
  }
}
