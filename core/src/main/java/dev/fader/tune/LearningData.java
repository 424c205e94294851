package dev.fader.tune;

import dev.fader.tune.example.ExampleEncoder.Pair;
import dev.fader.tune.example.TrainingExample;
import java.util.List;
import java.util.Optional;

/// What a model is tuned with, and what its loss is.
public sealed interface LearningData {
  /// What kind of thing is learned.
  default TuningTask task() {
    return switch (this) {
      case Continuations _ -> TuningTask.CONTINUATION;
      case Preferences _ -> TuningTask.PREFERENCE;
      case Classifications _ -> TuningTask.CLASSIFICATION;
    };
  }

  /// Texts and conversations of which some tokens are learned.
  ///
  /// @param validation examples that nothing is learned from
  /// @param packed whether several examples share a row of the context's length
  record Continuations(
      List<TrainingExample> training, List<TrainingExample> validation, boolean packed)
      implements LearningData {
    public Continuations {
      training = List.copyOf(training);
      validation = List.copyOf(validation);
    }
  }

  /// Pairs of answers, of which the first is to be preferred.
  record Preferences(List<Pair> training, List<Pair> validation, PreferenceMethod method)
      implements LearningData {
    public Preferences {
      training = List.copyOf(training);
      validation = List.copyOf(validation);
    }
  }

  /// Texts with their labels, for a classification head.
  ///
  /// @param classes what there is to choose from
  record Classifications(
      List<LabelledText> training, List<LabelledText> validation, Classes classes)
      implements LearningData {
    public Classifications {
      training = List.copyOf(training);
      validation = List.copyOf(validation);
    }
  }

  /// A text as tokens, with the numbers of its labels.
  record LabelledText(TrainingExample text, List<Integer> labels) {
    public LabelledText {
      labels = List.copyOf(labels);
    }
  }

  /// The classes of texts.
  ///
  /// @param names of the labels
  /// @param pooling what the head reads
  /// @param several whether several labels may be right
  /// @param weights of the labels; none if they count alike
  record Classes(
      List<String> names, ClassPooling pooling, boolean several, Optional<List<Double>> weights) {
    public Classes {
      names = List.copyOf(names);
    }
  }
}
