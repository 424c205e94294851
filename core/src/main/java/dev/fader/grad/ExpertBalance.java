package dev.fader.grad;

import dev.fader.kernel.matrix.Matrix;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/// How the rows of a step spread over the experts of each router, summed over its batches, and the
/// losses that keep them spread.
///
/// Everything is counted in the forward pass; a layer that is computed again for its gradient is
/// not counted again. For use by one thread.
public final class ExpertBalance {
  /// What is added to the loss of a step, for each router.
  ///
  /// @param load coefficient of `experts * sum of f P`: f is the share of all choices that fell on
  ///   an expert, P its mean probability; 1 where both are even (Fedus et al. 2021, section 2.2).
  ///   The choice has no slope, so that the gradient is that of P
  /// @param z coefficient of the mean of `ln(sum of e^score)` squared, which keeps scores small
  ///   (Zoph et al. 2022, section 3)
  public record Losses(double load, double z) {
    /// Nothing.
    public static final Losses NONE = new Losses(0, 0);

    boolean isEmpty() {
      return load == 0 && z == 0;
    }
  }

  /// What one router did.
  private static final class Tally {
    private final long[] choices; // (experts)
    private double entropy; // summed over the rows
    private long rows;

    Tally(int experts) {
      choices = new long[experts];
    }
  }

  private final int sharedLayers;
  private final Losses losses;
  private final List<Tally> tallies = new ArrayList<>(); // by layer, the first of those that share
  private BitSet counted = new BitSet(); // rows of the present pass
  private long expected; // rows of the step
  private boolean complete;

  /// Of a model that has counted nothing yet.
  ///
  /// @param sharedLayers consecutive layers that share a router
  public ExpertBalance(int layers, int sharedLayers, int experts, Losses losses) {
    this.sharedLayers = sharedLayers;
    this.losses = losses;
    for (int layer = 0; layer < layers; layer += sharedLayers) {
      tallies.add(new Tally(experts));
    }
  }

  /// Forgets what was counted.
  public void begin() {
    for (int i = 0; i < tallies.size(); i++) {
      tallies.set(i, new Tally(tallies.get(i).choices.length));
    }
    complete = false;
    expected = 0;
  }

  /// How many rows will be counted in all batches of the step: the means of the losses are over
  /// them.
  public void expect(long rows) {
    expected = rows;
  }

  /// Whether the gradient of a batch depends on what is counted in all batches.
  public boolean needsAllBatches() {
    return losses.load != 0;
  }

  /// Everything was counted: passes that follow only have gradients.
  public void complete() {
    complete = true;
  }

  /// How many numbers [#take] gives.
  public int numbers() {
    return tallies.stream().mapToInt(tally -> tally.choices.length + 2).sum();
  }

  /// What was counted since the beginning, or since this was last called, and is forgotten now: the
  /// numbers of one microbatch, for [#add].
  public long[] take() {
    var taken = new long[numbers()];
    int at = 0;
    for (int i = 0; i < tallies.size(); i++) {
      var tally = tallies.get(i);
      System.arraycopy(tally.choices, 0, taken, at, tally.choices.length);
      at += tally.choices.length;
      taken[at++] = Double.doubleToRawLongBits(tally.entropy);
      taken[at++] = tally.rows;
      tallies.set(i, new Tally(tally.choices.length));
    }
    return taken;
  }

  /// Counts what [#take] gave, here or elsewhere.
  public void add(long[] taken) {
    int at = 0;
    for (var tally : tallies) {
      for (int e = 0; e < tally.choices.length; e++) {
        tally.choices[e] += taken[at++];
      }
      tally.entropy += Double.longBitsToDouble(taken[at++]);
      tally.rows += taken[at++];
    }
  }

  /// Whether all that counts was counted before the gradients.
  public boolean isComplete() {
    return complete;
  }

  /// Which rows of the coming pass count. Rows behind the last target of a sequence pad it.
  public void count(BitSet rows) {
    counted = rows;
  }

  private Tally tally(int layer) {
    return tallies.get(layer / sharedLayers);
  }

  /// How many rows chose each expert of a layer's router; none for one that was not used.
  public long[] choices(int layer) {
    return tally(layer).choices.clone();
  }

  /// The mean entropy of the probabilities that a layer's router gave the experts, in nats.
  public double entropy(int layer) {
    var tally = tally(layer);
    return tally.rows == 0 ? 0 : tally.entropy / tally.rows;
  }

  /// Counts what a router has chosen.
  void count(int layer, Router router) {
    if (complete) {
      return;
    }
    var tally = tally(layer);
    for (int row = counted.nextSetBit(0); row >= 0; row = counted.nextSetBit(row + 1)) {
      double sum = router.sum(row);
      for (int e = 0; e < tally.choices.length; e++) {
        double share = router.probability(row, e) / sum;
        tally.entropy -= share == 0 ? 0 : share * Math.log(share);
      }
      for (int i = 0; i < router.perToken(); i++) {
        tally.choices[router.expert(row * router.perToken() + i)]++;
      }
      tally.rows++;
    }
  }

  /// Adds the gradient of the losses to that of a router's scores.
  ///
  /// @param scores (rows, experts)
  /// @param gradient (rows, experts)
  void backward(int layer, Router router, Matrix scores, Matrix gradient) {
    if (losses.isEmpty()) {
      return;
    }
    if (expected == 0) {
      throw new IllegalStateException("nobody says how many rows the step has");
    }
    double uses = (double) expected * sharedLayers;
    var slopes = loadSlopes(tally(layer), router.perToken(), uses);
    for (int row = counted.nextSetBit(0); row >= 0; row = counted.nextSetBit(row + 1)) {
      if (losses.load != 0) {
        router.addShareSlopes(row, slopes, gradient);
      }
      if (losses.z != 0) {
        addZ(row, 2 * losses.z / uses, scores, gradient);
      }
    }
  }

  /// The slopes of the loss by the share of a row's probability that an expert has.
  private double[] loadSlopes(Tally tally, int perToken, double uses) {
    var slopes = new double[tally.choices.length];
    for (int e = 0; e < slopes.length; e++) {
      slopes[e] = losses.load * slopes.length * (tally.choices[e] / (uses * perToken)) / uses;
    }
    return slopes;
  }

  private static void addZ(int row, double factor, Matrix scores, Matrix gradient) {
    double largest = Double.NEGATIVE_INFINITY;
    for (int e = 0; e < scores.columns(); e++) {
      largest = Math.max(largest, scores.get(row, e));
    }
    double sum = 0;
    for (int e = 0; e < scores.columns(); e++) {
      sum += Math.exp(scores.get(row, e) - largest);
    }
    double logarithm = largest + Math.log(sum);
    for (int e = 0; e < scores.columns(); e++) {
      double share = Math.exp(scores.get(row, e) - largest) / sum;
      gradient.set(row, e, (float) (gradient.get(row, e) + factor * logarithm * share));
    }
  }
}
