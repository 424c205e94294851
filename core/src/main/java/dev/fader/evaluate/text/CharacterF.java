package dev.fader.evaluate.text;

import java.util.ArrayList;
import java.util.List;

/// chrF (Popović 2015): the F-score of runs of one to six characters without white space, recall
/// counted twice; with runs of words, chrF++ (Popović 2017). From 0 to 100, and of several items
/// from the sums of their counts, as sacreBLEU computes it.
///
/// @param words of the longest run of words: 0 for chrF, 2 for chrF++
public record CharacterF(int words) implements TextMetric {
  private static final int CHARACTERS = 6;
  private static final int BETA_SQUARED = 4;
  private static final String PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

  /// @throws IllegalArgumentException if `words` is negative
  public CharacterF {
    if (words < 0) {
      throw new IllegalArgumentException("chrF counts runs of 0 words or of more, not of " + words);
    }
  }

  @Override
  public String name() {
    return switch (words) {
      case 0 -> "chrf";
      case 2 -> "chrf++";
      default -> "chrf-" + words;
    };
  }

  @Override
  public double best() {
    return 100;
  }

  /// For each length of runs: how many the candidate has, the reference has, and both have. Those
  /// of the reference with the best score of the item.
  @Override
  public double[] statistics(String candidate, List<String> references) {
    var runs = runs(candidate);
    var best = new double[3 * runs.size()];
    double bestScore = -1;
    for (var reference : references) {
      var counts = counts(runs, runs(reference));
      double score = score(counts);
      if (score > bestScore) {
        bestScore = score;
        best = counts;
      }
    }
    return best;
  }

  private List<Ngrams> runs(String text) {
    var runs = new ArrayList<Ngrams>();
    int[] characters = String.join("", Words.split(text)).codePoints().toArray();
    for (int n = 1; n <= CHARACTERS; n++) {
      runs.add(Ngrams.ofCharacters(characters, n));
    }
    var separated = separated(text);
    for (int n = 1; n <= words; n++) {
      runs.add(Ngrams.ofWords(separated, n));
    }
    return runs;
  }

  /// Words, and a punctuation mark at the end or else at the beginning of one by itself.
  private static List<String> separated(String text) {
    var parts = new ArrayList<String>();
    for (var word : Words.split(text)) {
      int last = word.length() - 1;
      if (last > 0 && isPunctuation(word.charAt(last))) {
        parts.add(word.substring(0, last));
        parts.add(word.substring(last));
      } else if (last > 0 && isPunctuation(word.charAt(0))) {
        parts.add(word.substring(0, 1));
        parts.add(word.substring(1));
      } else {
        parts.add(word);
      }
    }
    return parts;
  }

  private static boolean isPunctuation(char c) {
    return PUNCTUATION.indexOf(c) >= 0;
  }

  private static double[] counts(List<Ngrams> candidate, List<Ngrams> reference) {
    var counts = new double[3 * candidate.size()];
    for (int i = 0; i < candidate.size(); i++) {
      var some = candidate.get(i);
      var other = reference.get(i);
      // Runs longer than the reference count for nothing.
      counts[3 * i] = other.total() == 0 ? 0 : some.total();
      counts[3 * i + 1] = other.total();
      counts[3 * i + 2] = some.common(other);
    }
    return counts;
  }

  /// Precision and recall are means over the lengths that both sides have.
  @Override
  public double score(double[] sums) {
    double precision = 0;
    double recall = 0;
    int lengths = 0;
    for (int i = 0; i < sums.length; i += 3) {
      if (sums[i] > 0 && sums[i + 1] > 0) {
        precision += sums[i + 2] / sums[i];
        recall += sums[i + 2] / sums[i + 1];
        lengths++;
      }
    }
    if (precision + recall == 0) {
      return 0;
    }
    precision /= lengths;
    recall /= lengths;
    return best() * (1 + BETA_SQUARED) * precision * recall / (BETA_SQUARED * precision + recall);
  }
}
