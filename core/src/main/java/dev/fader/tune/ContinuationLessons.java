package dev.fader.tune;

import dev.fader.data.Batch;
import dev.fader.train.Evaluation;
import dev.fader.train.Learner;
import dev.fader.train.LearningCurve;
import dev.fader.train.Objective;
import dev.fader.train.TrainableModel;
import dev.fader.tune.example.ExampleBatch;
import dev.fader.tune.example.ExampleBatches;
import dev.fader.tune.example.TrainingExample;
import java.util.List;
import java.util.Optional;

/// Examples of which some tokens are learned.
final class ContinuationLessons implements Lessons {
  private final TrainableModel model;
  private final LessonPlan plan;
  private final List<TrainingExample> training;
  private final List<Batch> validation;
  private final ExampleBatches batches;

  ContinuationLessons(
      TrainableModel model,
      LessonPlan plan,
      List<TrainingExample> training,
      List<TrainingExample> validation) {
    this.model = model;
    this.plan = plan;
    this.training = List.copyOf(training);
    this.batches = plan.order(training);
    this.validation = plan.groups(validation).stream().map(ContinuationLessons::batch).toList();
  }

  private static Batch batch(List<TrainingExample> examples) {
    return flattened(ExampleBatch.of(examples));
  }

  /// Without what pads the rows.
  static Batch flattened(ExampleBatch batch) {
    var inputs = new int[batch.tokens()];
    var targets = new int[inputs.length];
    var lengths = new int[batch.segments().size()];
    int at = 0;
    for (int i = 0; i < lengths.length; i++) {
      var segment = batch.segments().get(i);
      lengths[i] = segment.to() - segment.from();
      int from = segment.row() * batch.time() + segment.from();
      System.arraycopy(batch.inputs(), from, inputs, at, lengths[i]);
      System.arraycopy(batch.targets(), from, targets, at, lengths[i]);
      at += lengths[i];
    }
    return Batch.ofSequences(inputs, targets, lengths);
  }

  @Override
  public Objective next() {
    return model.nextTokens(plan.draw(batches, ContinuationLessons::flattened));
  }

  @Override
  public Optional<Evaluation> evaluate() {
    return validation.isEmpty() ? Optional.empty() : Optional.of(model.evaluate(validation));
  }

  @Override
  public ExampleBatches order() {
    return batches;
  }

  @Override
  public Learner.Amount amount() {
    long targets = training.stream().mapToLong(TrainingExample::learnedTokens).sum();
    return plan.amount(targets, batches.rowsPerEpoch(0));
  }

  @Override
  public LearningCurve.Scale scale() {
    var counts = new Frequencies();
    for (var example : training) {
      for (int i = 0; i < example.length(); i++) {
        if (example.isLearned(i)) {
          counts.add(example.id(i));
        }
      }
    }
    return new LearningCurve.Scale(counts.entropy(), plan.rateFalls());
  }

  @Override
  public String fingerprint() {
    var print = new ExampleFingerprint();
    for (var example : training) {
      print.add(example);
    }
    return print.text();
  }
}
