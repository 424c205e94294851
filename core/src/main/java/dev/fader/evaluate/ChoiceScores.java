package dev.fader.evaluate;

import dev.fader.evaluate.choice.Likelihood;
import dev.fader.evaluate.interval.Interval;
import dev.fader.evaluate.label.ConfusionMatrix;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;

/// The scores of choices that a model found most likely, by the names that lm-evaluation-harness
/// gives them.
///
/// - `acc`: the choice with the largest log-probability is right;
/// - `acc_norm`: the one with the largest log-probability for its length in characters is;
/// - `acc_bytes`: the same for its length in bytes of UTF-8;
/// - `exact_match`: greedy decoding would write the right choice.
///
/// Of several that are largest the first counts. Where all items have the same choices, these are
/// labels, and `macro_f1` and `matthews` say what the predictions of `acc` are worth as such.
public final class ChoiceScores {
  private static final long SEED = 1234; // of the draws of the bootstrap

  /// More choices are no labels, of which each pair is counted.
  private static final int MOST_LABELS = 1000;

  private final List<Picked> picked = new ArrayList<>();
  private Optional<List<String>> labels = Optional.empty();
  private boolean sameChoices = true;
  private int cut;

  /// What a model picked of an item, by number: right, and most likely as such, for its characters,
  /// and for its bytes.
  ///
  /// @param greedy whether greedy decoding would write the right one
  public record Picked(int right, int likeliest, int byCharacters, int byBytes, boolean greedy) {}

  /// Scores without any items.
  public ChoiceScores() {}

  /// Adds an item with the likelihoods of its choices.
  public Picked add(TaskItem.Choice item, List<Likelihood> likelihoods) {
    var choices = item.choices();
    var some =
        new Picked(
            item.right(),
            largest(likelihoods, choices, choice -> 1),
            largest(likelihoods, choices, choice -> choice.codePointCount(0, choice.length())),
            largest(likelihoods, choices, choice -> choice.getBytes(StandardCharsets.UTF_8).length),
            likelihoods.get(item.right()).greedy());
    sameChoices &= choices.equals(labels.orElse(choices));
    labels = labels.or(() -> Optional.of(choices));
    cut += likelihoods.stream().anyMatch(likelihood -> likelihood.cut() > 0) ? 1 : 0;
    picked.add(some);
    return some;
  }

  private static int largest(
      List<Likelihood> likelihoods, List<String> choices, ToDoubleFunction<String> length) {
    int largest = 0;
    double best = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < choices.size(); i++) {
      double value = likelihoods.get(i).logProbability() / length.applyAsDouble(choices.get(i));
      if (value > best) {
        largest = i;
        best = value;
      }
    }
    return largest;
  }

  /// Items whose prompt did not fit the context as a whole.
  public int cut() {
    return cut;
  }

  /// The choices that all items have, if they have the same.
  public Optional<List<String>> labels() {
    return labels.filter(all -> sameChoices && all.size() <= MOST_LABELS);
  }

  /// How often each label was the likeliest where each was right, if all items have the same
  /// choices.
  public Optional<ConfusionMatrix> confusion() {
    return labels()
        .map(all -> ConfusionMatrix.ofCounts(counts(frequencies(outcomes(all), all.size()))));
  }

  /// The scores of all items.
  ///
  /// @throws IllegalArgumentException if there are none
  public List<Figure> figures() {
    var figures = new ArrayList<Figure>();
    figures.add(share("acc", some -> some.likeliest == some.right));
    figures.add(share("acc_norm", some -> some.byCharacters == some.right));
    figures.add(share("acc_bytes", some -> some.byBytes == some.right));
    figures.add(share("exact_match", Picked::greedy));
    if (labels().isPresent()) {
      var outcomes = outcomes(labels().get());
      int size = labels().get().size();
      figures.add(ofLabels("macro_f1", outcomes, size, ConfusionMatrix::macroF1));
      figures.add(ofLabels("matthews", outcomes, size, ConfusionMatrix::matthews));
    }
    return figures;
  }

  private Figure share(String name, Predicate<Picked> isRight) {
    long right = picked.stream().filter(isRight).count();
    var interval = Interval.ofShare(right, picked.size());
    return new Figure(name, (double) right / picked.size(), interval, 1);
  }

  private static Figure ofLabels(
      String name, int[] outcomes, int labels, ToDoubleFunction<ConfusionMatrix> figure) {
    ToDoubleFunction<double[]> score =
        sums -> figure.applyAsDouble(ConfusionMatrix.ofCounts(counts(sums)));
    double value = score.applyAsDouble(frequencies(outcomes, labels));
    var interval = Interval.ofOutcomes(outcomes, labels * labels, score, SEED);
    return new Figure(name, value, interval, 1);
  }

  /// For each item its cell of the confusion matrix, row by row.
  private int[] outcomes(List<String> all) {
    return picked.stream().mapToInt(some -> some.right * all.size() + some.likeliest).toArray();
  }

  private static double[] frequencies(int[] outcomes, int labels) {
    var frequencies = new double[labels * labels];
    for (int outcome : outcomes) {
      frequencies[outcome]++;
    }
    return frequencies;
  }

  private static long[][] counts(double[] sums) {
    int size = (int) Math.round(Math.sqrt(sums.length));
    var counts = new long[size][size];
    for (int i = 0; i < sums.length; i++) {
      counts[i / size][i % size] = Math.round(sums[i]);
    }
    return counts;
  }
}
