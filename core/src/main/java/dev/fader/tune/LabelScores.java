package dev.fader.tune;

import dev.fader.evaluate.label.ConfusionMatrix;
import dev.fader.evaluate.label.MultiLabelScores;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// How well texts were told apart whose labels are known.
public final class LabelScores {
  private final ClassLabels labels;
  private final List<List<Integer>> expected = new ArrayList<>();
  private final List<Classification> found = new ArrayList<>();

  /// No texts yet.
  public LabelScores(ClassLabels labels) {
    this.labels = labels;
  }

  /// Adds a text.
  ///
  /// @param right the numbers of its labels
  public void add(List<Integer> right, Classification classification) {
    expected.add(List.copyOf(right));
    found.add(classification);
  }

  public ClassLabels labels() {
    return labels;
  }

  /// The number of texts.
  public int texts() {
    return expected.size();
  }

  /// What was found where what was right, if each text has one label.
  public Optional<ConfusionMatrix> confusion() {
    return labels.several()
        ? Optional.empty()
        : Optional.of(
            ConfusionMatrix.of(
                expected.stream().mapToInt(List::getFirst).toArray(),
                found.stream().mapToInt(one -> one.chosen().getFirst()).toArray(),
                labels.names().size()));
  }

  private MultiLabelScores several() {
    int count = labels.names().size();
    var right = new boolean[texts()][count];
    var said = new boolean[texts()][count];
    for (int text = 0; text < texts(); text++) {
      for (int label : expected.get(text)) {
        right[text][label] = true;
      }
      for (int label : found.get(text).chosen()) {
        said[text][label] = true;
      }
    }
    return MultiLabelScores.of(right, said);
  }

  /// The share of texts of which all labels were found, and no other.
  public double accuracy() {
    return confusion().map(ConfusionMatrix::accuracy).orElseGet(() -> several().subsetAccuracy());
  }

  /// The mean F1 of the labels.
  public double macroF1() {
    return confusion().map(ConfusionMatrix::macroF1).orElseGet(() -> several().macroF1());
  }

  /// Of the texts for which a label was found, the share that has it; 0 if there are none.
  public double precision(int label) {
    long said = found.stream().filter(one -> one.chosen().contains(label)).count();
    return said == 0 ? 0 : (double) hits(label) / said;
  }

  /// Of the texts that have a label, the share for which it was found; 0 if there are none.
  public double recall(int label) {
    return support(label) == 0 ? 0 : (double) hits(label) / support(label);
  }

  private long hits(int label) {
    long hits = 0;
    for (int text = 0; text < texts(); text++) {
      boolean hit = expected.get(text).contains(label) && found.get(text).chosen().contains(label);
      hits += hit ? 1 : 0;
    }
    return hits;
  }

  /// The harmonic mean of both.
  public double f1(int label) {
    return confusion().map(matrix -> matrix.f1(label)).orElseGet(() -> several().f1(label));
  }

  /// Texts that have a label.
  public int support(int label) {
    return (int) expected.stream().filter(right -> right.contains(label)).count();
  }

  /// How likely a label was found, on average, where it is right; 0 if it nowhere is.
  public double confidence(int label) {
    double sum = 0;
    for (int text = 0; text < texts(); text++) {
      sum += expected.get(text).contains(label) ? found.get(text).probabilities().get(label) : 0;
    }
    return support(label) == 0 ? 0 : sum / support(label);
  }
}
