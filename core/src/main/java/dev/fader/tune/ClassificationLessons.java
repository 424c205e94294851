package dev.fader.tune;

import dev.fader.data.Batch;
import dev.fader.data.Position;
import dev.fader.train.Evaluation;
import dev.fader.train.Learner;
import dev.fader.train.LearningCurve;
import dev.fader.train.Objective;
import dev.fader.train.TrainableModel;
import dev.fader.tune.LearningData.LabelledText;
import dev.fader.tune.example.ExampleBatches;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// Texts with their labels.
final class ClassificationLessons implements Lessons {
  private final TrainableModel model;
  private final LessonPlan plan;
  private final ClassificationLoss.Head head;
  private final List<LabelledText> training;
  private final List<LabelledText> validation;
  private final ExampleBatches order;

  ClassificationLessons(
      TrainableModel model,
      LessonPlan plan,
      ClassificationLoss.Head head,
      LearningData.Classifications texts) {
    this.model = model;
    this.plan = plan;
    this.head = head;
    this.training = texts.training();
    this.validation = texts.validation();
    this.order =
        ExampleBatches.of(
            training.stream().map(LabelledText::text).toList(),
            new ExampleBatches.Order(plan.batch(), plan.context(), plan.seed(), false));
  }

  @Override
  public Objective next() {
    var drawn = new ArrayList<ClassificationLoss.Labelled>();
    for (int i = 0; i < plan.accumulate(); i++) {
      var texts = new ArrayList<LabelledText>();
      order.next().segments().forEach(segment -> texts.add(training.get(segment.example())));
      drawn.add(batch(texts));
    }
    return new ClassificationLoss(model.decoder(), model.batchLoss(), head, drawn);
  }

  /// The model reads whole texts, their last tokens included.
  private static ClassificationLoss.Labelled batch(List<LabelledText> texts) {
    var lengths = new int[texts.size()];
    for (int i = 0; i < lengths.length; i++) {
      lengths[i] = texts.get(i).text().length();
    }
    var inputs = new int[Arrays.stream(lengths).sum()];
    var targets = new int[inputs.length];
    Arrays.fill(targets, Batch.IGNORED);
    int at = 0;
    for (var text : texts) {
      System.arraycopy(text.text().ids(), 0, inputs, at, text.text().length());
      at += text.text().length();
    }
    return new ClassificationLoss.Labelled(
        Batch.ofSequences(inputs, targets, lengths),
        texts.stream().map(LabelledText::labels).toList());
  }

  @Override
  public Optional<Evaluation> evaluate() {
    if (validation.isEmpty()) {
      return Optional.empty();
    }
    var groups = plan.groups(validation).stream().map(ClassificationLessons::batch).toList();
    var loss = new ClassificationLoss(model.decoder(), model.batchLoss(), head, groups);
    return Optional.of(new Evaluation(loss.mean(model.inferring()), loss.targets()));
  }

  @Override
  public Position position() {
    return order.position();
  }

  @Override
  public void seek(Position position) {
    order.seek(position);
  }

  @Override
  public Learner.Amount amount() {
    return plan.amount(training.size(), training.size());
  }

  @Override
  public LearningCurve.Scale scale() {
    if (head.several()) {
      return new LearningCurve.Scale(Math.log(2), plan.rateFalls());
    }
    var counts = new Frequencies();
    training.forEach(text -> counts.add(text.labels().getFirst()));
    return new LearningCurve.Scale(counts.entropy(), plan.rateFalls());
  }

  @Override
  public String fingerprint() {
    var print = new ExampleFingerprint();
    for (var text : training) {
      print.add(text.text());
      text.labels().forEach(print::add);
      print.add(-1);
    }
    return print.text();
  }
}
