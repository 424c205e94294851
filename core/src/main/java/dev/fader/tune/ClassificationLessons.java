package dev.fader.tune;

import dev.fader.data.Batch;
import dev.fader.evaluate.label.ConfusionMatrix;
import dev.fader.evaluate.label.MultiLabelScores;
import dev.fader.train.Evaluation;
import dev.fader.train.Learner;
import dev.fader.train.LearningCurve;
import dev.fader.train.Objective;
import dev.fader.train.TrainableModel;
import dev.fader.tune.LearningData.LabelledText;
import dev.fader.tune.example.ExampleBatches;
import java.util.ArrayList;
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
    this.training = texts.training();
    this.validation = texts.validation();
    this.order = plan.order(training.stream().map(LabelledText::text).toList());
  }

  @Override
  public Objective next() {
    var drawn = new ArrayList<ClassificationLoss.Labelled>();
    for (int i = 0; i < plan.accumulate(); i++) {
      drawn.add(batch(plan.next(order, training)));
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
    var evaluation = new Evaluation(loss.mean(model.inferring()), loss.targets());
    var labels = groups.stream().flatMap(group -> group.labels().stream()).toList();
    measures = head.several() ? several(labels, loss.found()) : one(labels, loss.found());
    return Optional.of(evaluation);
  }

  private SequencedMap<String, Double> one(List<List<Integer>> labels, List<double[]> logits) {
    var expected = labels.stream().mapToInt(List::getFirst).toArray();
    var predicted = logits.stream().mapToInt(ClassificationLessons::largest).toArray();
    var scores = ConfusionMatrix.of(expected, predicted, head.labels());
    return measures(scores.accuracy(), scores.macroF1());
  }

  private static int largest(double[] logits) {
    int best = 0;
    for (int label = 1; label < logits.length; label++) {
      best = logits[label] > logits[best] ? label : best;
    }
    return best;
  }

  private SequencedMap<String, Double> several(List<List<Integer>> labels, List<double[]> logits) {
    var expected = new boolean[labels.size()][head.labels()];
    var predicted = new boolean[labels.size()][head.labels()];
    for (int text = 0; text < expected.length; text++) {
      for (int label : labels.get(text)) {
        expected[text][label] = true;
      }
      for (int label = 0; label < head.labels(); label++) {
        predicted[text][label] = logits.get(text)[label] >= 0;
      }
    }
    var scores = MultiLabelScores.of(expected, predicted);
    return measures(scores.subsetAccuracy(), scores.macroF1());
  }

  private static SequencedMap<String, Double> measures(double accuracy, double f1) {
    var measures = new LinkedHashMap<String, Double>();
    measures.put("accuracy", accuracy);
    measures.put("macro_f1", f1);
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
