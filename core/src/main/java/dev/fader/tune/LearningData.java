package dev.fader.tune;

import dev.fader.adapter.AdapterException;
import dev.fader.grad.Invocation;
import dev.fader.model.adapter.AdapterMethod;
import dev.fader.model.adapter.LoraMethod;
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

  /// Looks whether an adapter that waits for its invocation is called by something to learn from.
  ///
  /// @throws AdapterException if it is called by nothing, and would learn nothing
  default void requireCalls(AdapterMethod method) {
    if (!(method instanceof LoraMethod lora) || lora.invocation().isEmpty()) {
      return;
    }
    var invocation = new Invocation(lora.invocation());
    boolean called =
        switch (this) {
          case Continuations(var training, _, _) ->
              training.stream().anyMatch(text -> isCalled(text, invocation));
          case Preferences(var training, _, _) ->
              training.stream()
                  .anyMatch(pair ->
                      isCalled(pair.chosen(), invocation) || isCalled(pair.rejected(), invocation));
          case Classifications(var training, _, _) ->
              training.stream().anyMatch(text -> isCalled(text.text(), invocation));
        };
    if (!called) {
      throw new AdapterException(
          "no example has the tokens %s that call the adapter, so that it would learn nothing: look at the examples' tokens, or choose another invocation"
              .formatted(lora.invocation()));
    }
  }

  private static boolean isCalled(TrainingExample text, Invocation invocation) {
    return invocation.last(text::id, 0, text.length()) >= 0;
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
