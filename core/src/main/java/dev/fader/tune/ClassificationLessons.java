package dev.fader.tune;

import dev.fader.data.Batch;
import dev.fader.train.Evaluation;
import dev.fader.train.Learner;
import dev.fader.train.LearningCurve;
import dev.fader.train.Objective;
import dev.fader.train.TrainableModel;
import dev.fader.tune.LearningData.LabelledText;
import dev.fader.tune.example.ExampleBatches;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;

/// Texts with their labels.
final class ClassificationLessons implements Lessons {
  private final TrainableModel model;
  private final LessonPlan plan;
  private final ClassificationLoss.Head head;
  private final ClassLabels names;
  private final List<LabelledText> training;
  private final List<LabelledText> validation;
  private final ExampleBatches order;
  private SequencedMap<String, Double> measures = new LinkedHashMap<>();

  ClassificationLessons(
      TrainableModel model,
      LessonPlan plan,
      ClassificationLoss.Head head,
      LearningData.Classifications texts) {
    this.model = model;
    this.plan = plan;
    this.head = head;
    var classes = texts.classes();
    this.names = new ClassLabels(classes.names(), classes.several(), classes.pooling());
    this.training = texts.training();
    this.validation = texts.validation();
    this.order = plan.order(training.stream().map(LabelledText::text).toList());
  }

  @Override
  public Objective next() {
    var drawn = plan.draw(order, examples -> batch(LessonPlan.of(examples, training)));
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
    var evaluation = loss.mean(model.inferring());
    var labels = groups.stream().flatMap(group -> group.labels().stream()).toList();
    measures = measures(scores(labels, loss.found()));
    return Optional.of(evaluation);
  }

  private LabelScores scores(List<List<Integer>> labels, List<double[]> logits) {
    var scores = new LabelScores(names);
    for (int text = 0; text < labels.size(); text++) {
      var found = Arrays.stream(logits.get(text)).boxed().toList();
      scores.add(labels.get(text), Classification.of(found, head.several()));
    }
    return scores;
  }

  private static SequencedMap<String, Double> measures(LabelScores scores) {
    var measures = new LinkedHashMap<String, Double>();
    measures.put("accuracy", scores.accuracy());
    measures.put("macro_f1", scores.macroF1());
    return measures;
  }

  @Override
  public SequencedMap<String, Double> measures() {
    return measures;
  }

  @Override
  public ExampleBatches order() {
    return order;
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
