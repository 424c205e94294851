package dev.fader.tune;

import dev.fader.data.DataException;
import dev.fader.tune.LearningData.LabelledText;
import dev.fader.tune.example.ExampleEncoder.LabelledIds;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// The rows of a classification head that labels have.
///
/// @param names by their numbers
record LabelNumbering(List<String> names) {
  private static final int NAMED = 10;

  /// Of labels that exist, or those of `texts` in their order: numbers by their value, words by the
  /// alphabet.
  ///
  /// @throws DataException if there is only one
  static LabelNumbering of(Optional<ClassLabels> given, List<LabelledIds> texts) {
    if (given.isPresent()) {
      return new LabelNumbering(given.get().names());
    }
    var found = new TreeSet<String>();
    texts.forEach(text -> found.addAll(text.labels()));
    boolean several = texts.stream().anyMatch(LabelledIds::several);
    if (found.isEmpty() || (found.size() == 1 && !several)) {
      throw new DataException(
          "all %d texts have %s, so there is nothing to tell apart; give texts with other labels, too"
              .formatted(
                  texts.size(),
                  found.isEmpty() ? "no label" : "the label '%s'".formatted(found.first())));
    }
    var names = new ArrayList<>(found);
    if (names.stream().allMatch(LabelNumbering::isNumber)) {
      names.sort(Comparator.comparingLong(Long::parseLong));
    }
    return new LabelNumbering(List.copyOf(names));
  }

  private static boolean isNumber(String name) {
    return name.matches("-?\\d{1,9}");
  }

  /// Whether more than one label may be right.
  boolean hasSeveral(List<LabelledIds> texts) {
    return texts.stream().anyMatch(LabelledIds::several);
  }

  /// The numbers of the labels of a text.
  ///
  /// @throws DataException if one is unknown
  List<Integer> numbers(LabelledIds text) {
    var numbers = new ArrayList<Integer>();
    for (var label : text.labels()) {
      int number = names.indexOf(label);
      if (number < 0) {
        number = names.indexOf("LABEL_" + label); // of a head whose classes have no names
      }
      if (number < 0) {
        throw new DataException(
            "%s: the label '%s' is none of those that are learned: %s"
                .formatted(
                    text.place(),
                    label,
                    names.stream().limit(NAMED).collect(Collectors.joining(", "))));
      }
      numbers.add(number);
    }
    return numbers;
  }

  /// Weights with which all labels count alike together, however often they are: 1 on average.
  List<Double> balance(List<LabelledText> texts) {
    var counts = counts(texts);
    long all = IntStream.of(counts).sum();
    var weights = new ArrayList<Double>();
    for (int count : counts) {
      weights.add((double) all / names.size() / Math.max(1, count));
    }
    return weights;
  }

  /// How often each comes, in words.
  String frequencies(List<LabelledText> texts) {
    var counts = counts(texts);
    var shown = new ArrayList<String>();
    for (int i = 0; i < Math.min(NAMED, counts.length); i++) {
      shown.add(String.format(Locale.ROOT, "%s %,d", names.get(i), counts[i]));
    }
    return "labels: %s%s"
        .formatted(
            String.join(", ", shown),
            counts.length > NAMED ? " and %d more".formatted(counts.length - NAMED) : "");
  }

  private int[] counts(List<LabelledText> texts) {
    var counts = new int[names.size()];
    for (var text : texts) {
      for (int label : text.labels()) {
        counts[label]++;
      }
    }
    return counts;
  }
}
