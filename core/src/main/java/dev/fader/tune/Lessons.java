package dev.fader.tune;

import dev.fader.train.Evaluation;
import dev.fader.train.Learner;
import dev.fader.train.LearningCurve;
import dev.fader.train.Objective;
import dev.fader.tune.example.ExampleBatches;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedMap;

/// What there is to learn, step by step, in an exact order.
interface Lessons {
  /// The loss of the next step.
  Objective next();

  /// The loss on examples that nothing is learned from, if there are some.
  Optional<Evaluation> evaluate();

  /// What else the last evaluation found, by its name: `accuracy`.
  default SequencedMap<String, Double> measures() {
    return new LinkedHashMap<>();
  }

  /// The order in which examples are drawn, at its position.
  ExampleBatches order();

  Learner.Amount amount();

  LearningCurve.Scale scale();

  /// Of the examples, in their order.
  String fingerprint();
}
