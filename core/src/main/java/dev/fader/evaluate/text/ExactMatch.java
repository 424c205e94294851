package dev.fader.evaluate.text;

import java.util.List;

/// The share of texts that equal a reference.
///
/// @param normalized whether case, punctuation, articles (of English) and the amount of white space
///   count for nothing, as in SQuAD; otherwise only white space at the ends does
public record ExactMatch(boolean normalized) implements TextMetric {
  @Override
  public String name() {
    return normalized ? "exact-match-normalized" : "exact-match";
  }

  @Override
  public boolean isShare() {
    return true;
  }

  @Override
  public double[] statistics(String candidate, List<String> references) {
    return ItemMean.statistics(
        candidate, references, (some, other) -> comparable(some).equals(comparable(other)) ? 1 : 0);
  }

  private String comparable(String text) {
    return normalized ? SquadNormalization.of(text) : Words.strip(text);
  }

  @Override
  public double score(double[] sums) {
    return ItemMean.of(sums);
  }
}
