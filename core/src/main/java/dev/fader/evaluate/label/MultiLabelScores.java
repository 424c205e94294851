package dev.fader.evaluate.label;

/// Figures of items with any number of labels each, as scikit-learn defines them. Where a
/// denominator is 0, so is the figure.
public final class MultiLabelScores {
  private final int items;
  private final int exact;
  private final long[] both; // of a label: items that have it and for which it was predicted
  private final long[] either; // the sum of the items that have it and of those for which it was

  private MultiLabelScores(int items, int exact, long[] both, long[] either) {
    this.items = items;
    this.exact = exact;
    this.both = both;
    this.either = either;
  }

  /// The figures of these items: (items, labels), true where an item has a label.
  ///
  /// @throws IllegalArgumentException if the two are not of the same items and labels
  public static MultiLabelScores of(boolean[][] expected, boolean[][] predicted) {
    int labels = expected.length == 0 ? 0 : expected[0].length;
    var both = new long[labels];
    var either = new long[labels];
    int exact = 0;
    requireSame("items", expected.length, predicted.length);
    for (int i = 0; i < expected.length; i++) {
      requireSame("labels", labels, expected[i].length);
      requireSame("labels", labels, predicted[i].length);
      boolean same = true;
      for (int label = 0; label < labels; label++) {
        boolean has = expected[i][label];
        boolean says = predicted[i][label];
        both[label] += has && says ? 1 : 0;
        either[label] += (has ? 1 : 0) + (says ? 1 : 0);
        same &= has == says;
      }
      exact += same ? 1 : 0;
    }
    return new MultiLabelScores(expected.length, exact, both, either);
  }

  private static void requireSame(String what, int expected, int predicted) {
    if (expected != predicted) {
      throw new IllegalArgumentException(
          "there are %d %s and %d: give the same of both".formatted(expected, what, predicted));
    }
  }

  /// Items all of whose labels were predicted, and no other.
  public int exact() {
    return exact;
  }

  /// The share of these.
  public double subsetAccuracy() {
    return ConfusionMatrix.ratio(exact, items);
  }

  /// The harmonic mean of precision and recall of a label.
  public double f1(int label) {
    return ConfusionMatrix.ratio(2 * both[label], either[label]);
  }

  /// The mean F1 of the labels.
  public double macroF1() {
    double sum = 0;
    for (int label = 0; label < both.length; label++) {
      sum += f1(label);
    }
    return ConfusionMatrix.ratio(sum, both.length);
  }

  /// The F1 of all decisions together, whatever the label.
  public double microF1() {
    double common = 0;
    double all = 0;
    for (int label = 0; label < both.length; label++) {
      common += both[label];
      all += either[label];
    }
    return ConfusionMatrix.ratio(2 * common, all);
  }
}
