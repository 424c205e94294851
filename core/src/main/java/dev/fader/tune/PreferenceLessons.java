package dev.fader.tune;

import dev.fader.data.Batch;
import dev.fader.model.Decoder;
import dev.fader.train.BatchLoss;
import dev.fader.train.Evaluation;
import dev.fader.train.Learner;
import dev.fader.train.LearningCurve;
import dev.fader.train.Objective;
import dev.fader.train.TrainableModel;
import dev.fader.tune.example.ExampleBatch;
import dev.fader.tune.example.ExampleBatches;
import dev.fader.tune.example.ExampleEncoder.Pair;
import dev.fader.tune.example.TrainingExample;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/// Pairs of answers, of which the first is to be preferred.
final class PreferenceLessons implements Lessons {
  private final TrainableModel model;
  private final Decoder reference;
  private final LessonPlan plan;
  private final PreferenceMethod method;
  private final List<Pair> training;
  private final List<Pair> validation;
  private final ExampleBatches order;
  private SequencedMap<String, Double> measures = new LinkedHashMap<>();
  private final BatchLoss losses;
  private final Map<Pair, double[]> known = new HashMap<>(); // by the reference, which is fixed

  /// @param reference the model without what is tuned
  PreferenceLessons(
      TrainableModel model, Decoder reference, LessonPlan plan, LearningData.Preferences pairs) {
    this.model = model;
    this.reference = reference;
    this.plan = plan;
    this.method = pairs.method();
    this.training = pairs.training();
    this.validation = pairs.validation();
    this.losses = model.batchLoss();
    this.order = plan.order(training.stream().map(Pair::chosen).toList());
  }

  @Override
  public Objective next() {
    var drawn = plan.draw(order, examples -> batch(LessonPlan.of(examples, training)));
    return new PreferenceLoss(model.decoder(), losses, method, drawn);
  }

  private PreferenceBatch batch(List<Pair> pairs) {
    var sequences = new ArrayList<TrainingExample>();
    for (var pair : pairs) {
      sequences.add(pair.chosen());
      sequences.add(pair.rejected());
    }
    var batch = ContinuationLessons.flattened(ExampleBatch.of(sequences));
    return new PreferenceBatch(batch, reference(pairs, batch));
  }

  /// The reference model does not change, so that each pair is asked of it once.
  private double[] reference(List<Pair> pairs, Batch batch) {
    if (!known.keySet().containsAll(pairs)) {
      var found = PreferenceLoss.logProbabilities(reference, losses, model.inferring(), batch);
      for (int i = 0; i < pairs.size(); i++) {
        known.put(pairs.get(i), new double[] {found[2 * i], found[2 * i + 1]});
      }
    }
    var values = new double[2 * pairs.size()];
    for (int i = 0; i < pairs.size(); i++) {
      System.arraycopy(known.get(pairs.get(i)), 0, values, 2 * i, 2);
    }
    return values;
  }

  @Override
  public Optional<Evaluation> evaluate() {
    if (validation.isEmpty()) {
      return Optional.empty();
    }
    double sum = 0;
    long count = 0;
    double chosen = 0;
    double rejected = 0;
    double accuracy = 0;
    for (var group : plan.groups(validation)) {
      var loss = new PreferenceLoss(model.decoder(), losses, method, List.of(batch(group)));
      sum += loss.mean(model.inferring()) * group.size();
      count += group.size();
      chosen += loss.rewards().chosen() * group.size();
      rejected += loss.rewards().rejected() * group.size();
      accuracy += loss.rewards().accuracy() * group.size();
    }
    measures = new LinkedHashMap<>();
    measures.put("accuracy", accuracy / count);
    measures.put("reward_chosen", chosen / count);
    measures.put("reward_rejected", rejected / count);
    return Optional.of(new Evaluation(sum / count, count));
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

  /// Without a preference every pair costs ln 2.
  @Override
  public LearningCurve.Scale scale() {
    return new LearningCurve.Scale(method.loss(0), plan.rateFalls());
  }

  @Override
  public String fingerprint() {
    var print = new ExampleFingerprint();
    for (var pair : training) {
      print.add(pair.chosen());
      print.add(pair.rejected());
    }
    return print.text();
  }
}
