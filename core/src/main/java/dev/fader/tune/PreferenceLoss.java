package dev.fader.tune;

import dev.fader.data.Batch;
import dev.fader.grad.Tape;
import dev.fader.grad.Variable;
import dev.fader.model.Decoder;
import dev.fader.train.BatchLoss;
import dev.fader.train.Objective;
import java.util.List;

/// The mean loss of pairs of answers, of which the first is to be preferred. The reference is the
/// same model without its adapter, so that the first loss of DPO is ln 2.
final class PreferenceLoss implements Objective {
  private final Decoder decoder;
  private final BatchLoss losses;
  private final PreferenceMethod method;
  private final List<PreferenceBatch> batches;
  private final int count;
  private Rewards rewards = new Rewards(0, 0, 0);

  /// What was found on the way.
  ///
  /// @param chosen the mean reward of the better answers: beta times how much more probable they
  ///   are than for the reference, in nats
  /// @param rejected that of the worse ones
  /// @param accuracy the share of pairs whose better answer has the higher reward
  record Rewards(double chosen, double rejected, double accuracy) {}

  PreferenceLoss(
      Decoder decoder, BatchLoss losses, PreferenceMethod method, List<PreferenceBatch> batches) {
    this.decoder = decoder;
    this.losses = losses;
    this.method = method;
    this.batches = List.copyOf(batches);
    this.count = batches.stream().mapToInt(PreferenceBatch::count).sum();
  }

  @Override
  public int microbatches() {
    return batches.size();
  }

  @Override
  public Size size(int index) {
    int pairs = batches.get(index).count();
    return new Size(pairs, pairs, 0);
  }

  @Override
  public Variable forward(Tape tape, int index) { // (rows, width)
    return decoder.forward(tape, losses.load(tape, batches.get(index).pairs()));
  }

  @Override
  public double startBackward(Tape tape, int index, Variable output, Size step) {
    var found = find(tape, batches.get(index), output, step.targets());
    losses.addGradient(tape, output, found.slopes);
    return found.loss;
  }

  /// After [#mean].
  Rewards rewards() {
    return rewards;
  }

  /// The mean loss, without a gradient.
  double mean(Tape inferring) {
    double sum = 0;
    rewards = new Rewards(0, 0, 0);
    for (int i = 0; i < batches.size(); i++) {
      sum += find(inferring, batches.get(i), forward(inferring, i), count).loss;
      inferring.clear();
    }
    return sum / count;
  }

  /// The sum of the losses of some pairs, and their slopes by the sums of each answer.
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Found(double loss, double[] slopes) {}

  /// @param pairs that the mean is over
  private Found find(Tape tape, PreferenceBatch batch, Variable output, long pairs) {
    var negative = losses.bySequence(tape, output); // minus the log-probabilities
    var slopes = new double[negative.length];
    int[] targets = batch.targetCounts();
    double sum = 0;
    for (int chosen = 0; chosen < negative.length; chosen += 2) {
      int rejected = chosen + 1;
      double better = -negative[chosen] - batch.reference()[chosen];
      double worse = -negative[rejected] - batch.reference()[rejected];
      double perChosen = method.isByToken() ? 1.0 / targets[chosen] : 1;
      double perRejected = method.isByToken() ? 1.0 / targets[rejected] : 1;
      double margin = better * perChosen - worse * perRejected;
      sum += method.loss(margin);
      double slope = method.slope(margin) / pairs;
      slopes[chosen] = -slope * perChosen;
      slopes[rejected] = slope * perRejected;
      note(better, worse);
    }
    return new Found(sum, slopes);
  }

  private void note(double better, double worse) {
    rewards =
        new Rewards(
            rewards.chosen + method.beta() * better / count,
            rewards.rejected + method.beta() * worse / count,
            rewards.accuracy + (better > worse ? 1.0 / count : 0));
  }

  /// The log-probability of each answer of some batches by a model that does not learn.
  static double[] logProbabilities(
      Decoder reference, BatchLoss losses, Tape inferring, Batch batch) {
    var output = reference.forward(inferring, losses.load(inferring, batch));
    var negative = losses.bySequence(inferring, output);
    inferring.clear();
    for (int i = 0; i < negative.length; i++) {
      negative[i] = -negative[i];
    }
    return negative;
  }
}
