package dev.fader.evaluate.text;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/// ROUGE (Lin 2004), the mean F1 of runs of words or of the longest common subsequence of words, as
/// `rouge_score` computes it. Words are of letters a to z and digits, so it is for English.
///
/// @param words of a run, 0 for the longest common subsequence
/// @param stemmed whether words of more than three letters count without their endings
public record Rouge(int words, boolean stemmed) implements TextMetric {
  private static final Pattern WORD = Pattern.compile("[a-z0-9]+");

  /// @throws IllegalArgumentException if `words` is negative
  public Rouge {
    if (words < 0) {
      throw new IllegalArgumentException(
          "ROUGE is of runs of at least 1 word, or of 0 for subsequences, not " + words);
    }
  }

  /// ROUGE-N without stemming.
  public static Rouge ofWords(int n) {
    return new Rouge(n, false);
  }

  /// ROUGE-L without stemming.
  public static Rouge ofSubsequences() {
    return new Rouge(0, false);
  }

  /// The same with stemming.
  public Rouge withStems() {
    return new Rouge(words, true);
  }

  @Override
  public String name() {
    return "rouge-" + (words == 0 ? "l" : words) + (stemmed ? "-stemmed" : "");
  }

  @Override
  public double[] statistics(String candidate, List<String> references) {
    return ItemMean.statistics(candidate, references, this::of);
  }

  private double of(String candidate, String reference) {
    var some = words(candidate);
    var other = words(reference);
    if (words == 0) {
      return ItemMean.f1(longestCommonSubsequence(some, other), some.size(), other.size());
    }
    var runs = Ngrams.ofWords(some, words);
    var others = Ngrams.ofWords(other, words);
    return ItemMean.f1(runs.common(others), runs.total(), others.total());
  }

  private List<String> words(String text) {
    var found = new ArrayList<String>();
    var matcher = WORD.matcher(text.toLowerCase(Locale.ROOT));
    while (matcher.find()) {
      var word = matcher.group();
      found.add(stemmed && word.length() > 3 ? PorterStemmer.stem(word) : word);
    }
    return found;
  }

  /// Its length, by the table of all beginnings, of which a row at a time is kept.
  private static int longestCommonSubsequence(List<String> some, List<String> other) {
    var row = new int[other.size() + 1]; // of the beginnings of `other`
    for (var word : some) {
      int diagonal = 0;
      for (int i = 1; i < row.length; i++) {
        int above = row[i];
        row[i] = word.equals(other.get(i - 1)) ? diagonal + 1 : Math.max(above, row[i - 1]);
        diagonal = above;
      }
    }
    return row[other.size()];
  }

  @Override
  public double score(double[] sums) {
    return ItemMean.of(sums);
  }
}
