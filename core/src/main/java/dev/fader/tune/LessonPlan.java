package dev.fader.tune;

import dev.fader.train.Learner;
import dev.fader.train.Schedule;
import dev.fader.train.TrainingConfig;
import dev.fader.train.Turns;
import dev.fader.tune.example.ExampleBatch;
import dev.fader.tune.example.ExampleBatches;
import dev.fader.tune.example.TrainingExample;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/// How examples are drawn.
///
/// @param config of the run: a batch is of so many examples, or of so many rows of examples side by
///   side, of no more tokens than the context
/// @param packed whether a row may hold several examples
/// @param turns whose the microbatches of a step are
record LessonPlan(TrainingConfig config, boolean packed, Turns turns) {
  int batch() {
    return config.batching().batch();
  }

  int accumulate() {
    return config.batching().accumulate();
  }

  int context() {
    return config.batching().context();
  }

  long seed() {
    return config.seed();
  }

  boolean rateFalls() {
    return config.schedule().shape() != Schedule.Shape.CONSTANT;
  }

  /// The examples in the order of the run.
  ExampleBatches order(List<TrainingExample> examples) {
    return ExampleBatches.of(
        examples, new ExampleBatches.Order(batch(), context(), seed(), packed));
  }

  /// What `drawing` makes of this rank's microbatches of the next step.
  <T> List<T> draw(ExampleBatches order, Function<ExampleBatch, T> drawing) {
    var drawn = new ArrayList<T>();
    for (int i = 0; i < turns.microbatches(); i++) {
      if (turns.isMine(i)) {
        drawn.add(drawing.apply(order.next()));
      } else {
        order.skip();
      }
    }
    return drawn;
  }

  /// The examples of a batch that were ordered by a part of each.
  static <T> List<T> of(ExampleBatch batch, List<T> examples) {
    var drawn = new ArrayList<T>();
    for (var segment : batch.segments()) {
      drawn.add(examples.get(segment.example()));
    }
    return drawn;
  }

  /// @param targets of all examples
  /// @param rows of all examples
  Learner.Amount amount(long targets, long rows) {
    double perRow = (double) targets / rows;
    return new Learner.Amount(Math.max(1, Math.round(perRow * batch() * accumulate())), targets);
  }

  /// Examples to validate with, as many at a time as in training; no more than an evaluation may
  /// take. If there are more, evenly from all of them: texts with the same label may stand
  /// together.
  <T> List<List<T>> groups(List<T> examples) {
    long most = config.cadence().evaluationWindows(context());
    int count = (int) Math.min(most, examples.size());
    var some = new ArrayList<T>(count);
    for (int i = 0; i < count; i++) {
      some.add(examples.get((int) ((long) i * examples.size() / count)));
    }
    var groups = new ArrayList<List<T>>();
    for (int start = 0; start < some.size(); start += batch()) {
      groups.add(some.subList(start, Math.min(some.size(), start + batch())));
    }
    return groups;
  }
}
