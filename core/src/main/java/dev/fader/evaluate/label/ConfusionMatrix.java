package dev.fader.evaluate.label;

/// How often each label was predicted where each was expected, and the figures that follow from it,
/// as scikit-learn defines them. Where a denominator is 0, so is the figure.
///
/// Labels are numbers from 0. Averages over labels are of those that were expected or predicted.
public final class ConfusionMatrix {
  private final long[][] counts; // [expected][predicted]
  private final long[] expected;
  private final long[] predicted;
  private final long total;
  private final long correct;

  private ConfusionMatrix(long[][] counts) {
    int labels = counts.length;
    this.counts = counts;
    this.expected = new long[labels];
    this.predicted = new long[labels];
    long right = 0;
    long all = 0;
    for (int row = 0; row < labels; row++) {
      for (int column = 0; column < labels; column++) {
        long count = counts[row][column];
        expected[row] += count;
        predicted[column] += count;
        all += count;
      }
      right += counts[row][row];
    }
    this.total = all;
    this.correct = right;
  }

  /// The matrix of items with these labels.
  ///
  /// @param labels how many there are
  /// @throws IllegalArgumentException if the two are not of the same items, or a label is not one
  public static ConfusionMatrix of(int[] expected, int[] predicted, int labels) {
    if (expected.length != predicted.length) {
      throw new IllegalArgumentException(
          "labels of %d items are expected, and of %d predicted: give one of each for every item"
              .formatted(expected.length, predicted.length));
    }
    var counts = new long[labels][labels];
    for (int i = 0; i < expected.length; i++) {
      counts[checked(expected[i], labels, i)][checked(predicted[i], labels, i)]++;
    }
    return new ConfusionMatrix(counts);
  }

  /// The matrix with these counts: (labels, labels), by the label that was expected and then by the
  /// one that was predicted.
  ///
  /// @throws IllegalArgumentException if it is not square
  public static ConfusionMatrix ofCounts(long[][] counts) {
    var copy = new long[counts.length][];
    for (int row = 0; row < counts.length; row++) {
      if (counts[row].length != counts.length) {
        throw new IllegalArgumentException(
            "row %d of %d has %d counts: give one for each label"
                .formatted(row, counts.length, counts[row].length));
      }
      copy[row] = counts[row].clone();
    }
    return new ConfusionMatrix(copy);
  }

  private static int checked(int label, int labels, int item) {
    if (label < 0 || label >= labels) {
      throw new IllegalArgumentException(
          "label %d of item %d is none of the %d: give labels from 0 to %d"
              .formatted(label, item, labels, labels - 1));
    }
    return label;
  }

  /// How many labels there are.
  public int labels() {
    return counts.length;
  }

  /// Items.
  public long total() {
    return total;
  }

  /// Items whose label was predicted.
  public long correct() {
    return correct;
  }

  /// Items with these labels.
  public long count(int expectedLabel, int predictedLabel) {
    return counts[expectedLabel][predictedLabel];
  }

  /// Items that have this label.
  public long support(int label) {
    return expected[label];
  }

  /// The share of items whose label was predicted. The micro-averaged F1 is the same.
  public double accuracy() {
    return ratio(correct, total);
  }

  /// Of the items for which the label was predicted, the share that has it.
  public double precision(int label) {
    return ratio(counts[label][label], predicted[label]);
  }

  /// Of the items that have the label, the share for which it was predicted.
  public double recall(int label) {
    return ratio(counts[label][label], expected[label]);
  }

  /// The harmonic mean of precision and recall.
  public double f1(int label) {
    return ratio(2.0 * counts[label][label], (double) expected[label] + predicted[label]);
  }

  /// The mean F1 of the labels, each as important as another.
  public double macroF1() {
    double sum = 0;
    int present = 0;
    for (int label = 0; label < counts.length; label++) {
      sum += f1(label);
      present += expected[label] + predicted[label] > 0 ? 1 : 0;
    }
    return ratio(sum, present);
  }

  /// The mean F1 of the labels, each as important as it is frequent.
  public double weightedF1() {
    double sum = 0;
    for (int label = 0; label < counts.length; label++) {
      sum += f1(label) * expected[label];
    }
    return ratio(sum, (double) total);
  }

  /// The correlation of expected and predicted labels (Matthews 1975, for several labels Gorodkin
  /// 2004): 1 where all are right, 0 where they tell nothing of each other.
  public double matthews() {
    double together = (double) correct * total;
    double allExpected = (double) total * total;
    double allPredicted = allExpected;
    for (int label = 0; label < counts.length; label++) {
      together -= (double) expected[label] * predicted[label];
      allExpected -= (double) expected[label] * expected[label];
      allPredicted -= (double) predicted[label] * predicted[label];
    }
    double product = allExpected * allPredicted;
    return product == 0 ? 0 : together / Math.sqrt(product);
  }

  static double ratio(long part, long whole) {
    return ratio((double) part, (double) whole);
  }

  static double ratio(double part, double whole) {
    return whole == 0 ? 0 : part / whole;
  }
}
