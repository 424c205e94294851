package dev.fader.evaluate.text;

import java.util.List;

/// The mean F1 of words, normalised as in SQuAD (Rajpurkar et al. 2016); two texts without words
/// match.
public record TokenF1() implements TextMetric {
  @Override
  public String name() {
    return "f1";
  }

  @Override
  public double[] statistics(String candidate, List<String> references) {
    return ItemMean.statistics(candidate, references, TokenF1::of);
  }

  private static double of(String candidate, String reference) {
    var some = Ngrams.ofWords(Words.split(SquadNormalization.of(candidate)), 1);
    var other = Ngrams.ofWords(Words.split(SquadNormalization.of(reference)), 1);
    if (some.total() == 0 && other.total() == 0) {
      return 1;
    }
    return ItemMean.f1(some.common(other), some.total(), other.total());
  }

  @Override
  public double score(double[] sums) {
    return ItemMean.of(sums);
  }
}
