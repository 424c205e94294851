package dev.fader.evaluate.text;

import java.util.List;
import java.util.regex.Pattern;

/// BLEU (Papineni et al. 2002) of runs of one to four words, from 0 to 100, as sacreBLEU computes
/// it by default: words separated as WMT's `mteval-v13a` does, and precisions of 0 smoothed by
/// halving. It is a figure of many items; that of one is 0 where it has fewer than four words.
public record Bleu() implements TextMetric {
  private static final int LONGEST = 4;

  private static final Pattern SYMBOL = Pattern.compile("([{-~\\[-` -&(-+:-@/])");
  private static final Pattern POINT_AFTER_OTHER = Pattern.compile("([^0-9])([.,])");
  private static final Pattern POINT_BEFORE_OTHER = Pattern.compile("([.,])([^0-9])");
  private static final Pattern DASH_AFTER_DIGIT = Pattern.compile("([0-9])(-)");

  @Override
  public String name() {
    return "bleu";
  }

  @Override
  public double best() {
    return 100;
  }

  /// The words of the candidate and of the reference of the nearest length; for each length of runs
  /// how many are in a reference, too; for each length of runs how many there are.
  @Override
  public double[] statistics(String candidate, List<String> references) {
    var words = words(candidate);
    var others = references.stream().map(Bleu::words).toList();
    var statistics = new double[2 + 2 * LONGEST];
    statistics[0] = words.size();
    statistics[1] = nearest(words.size(), others);
    for (int n = 1; n <= LONGEST; n++) {
      var runs = Ngrams.ofWords(words, n);
      var known = Ngrams.ofWords(List.of(), n);
      for (var other : others) {
        known = known.orMore(Ngrams.ofWords(other, n));
      }
      statistics[1 + n] = runs.common(known);
      statistics[1 + LONGEST + n] = runs.total();
    }
    return statistics;
  }

  private static int nearest(int length, List<List<String>> others) {
    int nearest = others.getFirst().size();
    for (var other : others) {
      int difference = Math.abs(length - other.size());
      int least = Math.abs(length - nearest);
      if (difference < least || (difference == least && other.size() < nearest)) {
        nearest = other.size();
      }
    }
    return nearest;
  }

  private static List<String> words(String text) {
    var line = Words.stripEnd(text);
    line = line.replace("<skipped>", "").replace("-\n", "").replace('\n', ' ');
    line = line.replace("&quot;", "\"").replace("&amp;", "&").replace("&lt;", "<");
    line = " " + line.replace("&gt;", ">") + " ";
    line = SYMBOL.matcher(line).replaceAll(" $1 ");
    line = POINT_AFTER_OTHER.matcher(line).replaceAll("$1 $2 ");
    line = POINT_BEFORE_OTHER.matcher(line).replaceAll(" $1 $2");
    return Words.split(DASH_AFTER_DIGIT.matcher(line).replaceAll("$1 $2 "));
  }

  /// The geometric mean of the precisions, times a penalty for texts that are too short. From the
  /// first length without a match on, 1/2, 1/4 and so on of a match are taken for it.
  @Override
  public double score(double[] sums) {
    double logarithms = 0;
    double part = 1;
    boolean any = false;
    for (int n = 1; n <= LONGEST; n++) {
      double matches = sums[1 + n];
      double total = sums[1 + LONGEST + n];
      any |= matches > 0;
      if (matches == 0) {
        part /= 2;
        matches = part;
      }
      logarithms += total == 0 ? Double.NEGATIVE_INFINITY : Math.log(matches / total);
    }
    if (!any) {
      return 0;
    }
    double brevity = sums[0] < sums[1] ? Math.exp(1 - sums[1] / sums[0]) : 1;
    return best() * brevity * Math.exp(logarithms / LONGEST);
  }
}
