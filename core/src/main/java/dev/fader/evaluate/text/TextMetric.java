package dev.fader.evaluate.text;

import java.util.List;

/// How well texts match references.
///
/// What an item contributes is a few numbers that add up over items, and a score comes from sums:
/// those of one item, of all of them, or of a sample of them.
public sealed interface TextMetric permits ExactMatch, TokenF1, Rouge, CharacterF, Bleu {
  /// Such as `rouge-l`.
  String name();

  /// The score of a perfect text: 1, or 100 where that is usual.
  default double best() {
    return 1;
  }

  /// Whether an item is right or wrong, and the score a share of items.
  default boolean isShare() {
    return false;
  }

  /// What an item contributes to the sums that [#score(double[])] takes.
  ///
  /// @param references texts that would be right, at least one; the best of them counts
  double[] statistics(String candidate, List<String> references);

  /// The score of items with these sums of statistics.
  double score(double[] sums);

  /// The score of one item alone.
  default double score(String candidate, List<String> references) {
    return score(statistics(candidate, references));
  }
}
