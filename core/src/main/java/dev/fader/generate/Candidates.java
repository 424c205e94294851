package dev.fader.generate;

import java.util.Arrays;

/// Candidate tokens with their logits, which truncation narrows down; sorted by falling probability
/// only where a truncation goes by rank.
///
/// Its memory is used again for the next token: after the first nothing is allocated.
final class Candidates {
  /// Logits this far below the largest have a relative probability below 1e-20, which does not
  /// change the sum over a vocabulary.
  private static final double NEGLIGIBLE = -46;

  private static final int BINS = 2048;

  private final LogitRanking ranking = new LogitRanking();
  private final double[] bins = new double[BINS];
  private int[] ids = {};
  private float[] logits = {};
  private double[] masses = {}; // exponentials or probabilities, by rank
  private boolean[] marks = {};
  private int argmax;
  private int count;
  private double otherMass; // sum of the exponentials of tokens that are no candidates

  /// The `limit` largest logits in falling order, all of them for 0; the smaller id first where two
  /// are equal. NaN and minus infinity are no candidates.
  Candidates of(float[] all, int limit) {
    int kept = limit == 0 ? all.length : Math.min(limit, all.length);
    ranking.largest(all, kept);
    return ranked(all, kept);
  }

  private Candidates ranked(float[] all, int kept) {
    begin(kept);
    while (count < kept && isCandidate(all[ranking.id(count)])) {
      ids[count] = ranking.id(count);
      logits[count] = all[ids[count]];
      count++;
    }
    return this;
  }

  private void begin(int most) {
    if (ids.length < most) {
      ids = new int[most];
      logits = new float[most];
      masses = new double[most];
    }
    count = 0;
    argmax = 0;
    otherMass = 0;
  }

  /// All candidates by rising id, in linear time: for sampling without truncation.
  Candidates unsorted(float[] all) {
    begin(all.length);
    for (int id = 0; id < all.length; id++) {
      if (isCandidate(all[id])) {
        ids[count] = id;
        logits[count] = all[id];
        argmax = all[id] > logits[argmax] ? count : argmax;
        count++;
      }
    }
    return this;
  }

  /// One token and no other.
  Candidates only(int id, float logit) {
    begin(1);
    ids[0] = id;
    logits[0] = logit;
    count = 1;
    return this;
  }

  /// Those that are at least `p` times as probable as the first, sorted.
  Candidates atLeast(float[] all, double p) {
    // Slightly lower, because the exact cut that follows may round differently.
    return above(all, largest(all) + Math.log(p) - 1e-3);
  }

  /// A superset of the nucleus of `p`, sorted: a histogram of logits is summed from the highest bin
  /// down to `p`, and one bin more is kept against rounding.
  Candidates nucleus(float[] all, double p) {
    float largest = largest(all);
    Arrays.fill(bins, 0);
    double sum = 0;
    for (float logit : all) {
      double difference = logit - largest;
      if (difference > NEGLIGIBLE) {
        double exponential = Math.exp(difference);
        bins[(int) (difference / NEGLIGIBLE * BINS)] += exponential;
        sum += exponential;
      }
    }
    double inside = 0;
    int used = 0;
    while (used < BINS && inside < p * sum) {
      inside += bins[used++];
    }
    above(all, largest + (used + 1) * NEGLIGIBLE / BINS);
    double kept = 0;
    for (int i = 0; i < count; i++) {
      kept += Math.exp(logits[i] - largest);
    }
    otherMass = Math.max(0, sum - kept);
    return this;
  }

  private Candidates above(float[] all, double floor) {
    return ranked(all, ranking.atLeast(all, floor));
  }

  private static float largest(float[] all) {
    float largest = Float.NEGATIVE_INFINITY;
    for (float logit : all) {
      largest = logit > largest ? logit : largest;
    }
    return largest;
  }

  private static boolean isCandidate(float logit) {
    return logit > Float.NEGATIVE_INFINITY;
  }

  int count() {
    return count;
  }

  int id(int rank) {
    return ids[rank];
  }

  float logit(int rank) {
    return logits[rank];
  }

  /// The rank of a token, or -1 if it is no candidate.
  int rank(int id) {
    for (int rank = 0; rank < count; rank++) {
      if (ids[rank] == id) {
        return rank;
      }
    }
    return -1;
  }

  /// The largest logit.
  float largest() {
    return logits[argmax];
  }

  /// The softmax over the remaining candidates, by rank, as far as [#count()]; beside tokens that
  /// [#nucleus] left out before the cut. Valid until the next call.
  double[] probabilities() {
    return normalized(otherMass);
  }

  /// The probabilities that [#draw] samples by, by rank. Valid until the next call.
  double[] distribution() {
    return normalized(0);
  }

  private double[] normalized(double besides) {
    double sum = exponentials() + besides;
    for (int i = 0; i < count; i++) {
      masses[i] /= sum;
    }
    return masses;
  }

  /// Fills in the exponentials of the differences from the largest logit; returns their sum.
  private double exponentials() {
    double sum = 0;
    float largest = logits[argmax];
    for (int i = 0; i < count; i++) {
      double difference = logits[i] - largest;
      masses[i] = difference > NEGLIGIBLE ? Math.exp(difference) : 0;
      sum += masses[i];
    }
    return sum;
  }

  /// The ranks of the `most` most probable, or of as many as there are, the first one first. Where
  /// candidates are not sorted a rank is only a place.
  int[] mostProbable(int most) {
    int kept = Math.min(most, count);
    ranking.largest(Arrays.copyOf(logits, count), kept);
    var ranks = new int[kept];
    for (int i = 0; i < kept; i++) {
      ranks[i] = ranking.id(i);
    }
    return ranks;
  }

  /// Memory for a key of each candidate.
  long[] keys() {
    return ranking.scratch(count);
  }

  /// A mark for each candidate, none of them set.
  boolean[] marks() {
    if (marks.length < count) {
      marks = new boolean[ids.length];
    }
    Arrays.fill(marks, 0, count, false);
    return marks;
  }

  /// Keeps only the `kept` most probable.
  void keepFirst(int kept) {
    count = kept;
    otherMass = 0;
  }

  /// Drops the `dropped` most probable of sorted candidates.
  void dropFirst(int dropped) {
    count -= dropped;
    System.arraycopy(ids, dropped, ids, 0, count);
    System.arraycopy(logits, dropped, logits, 0, count);
  }

  /// Keeps only those whose rank is marked.
  void keep(boolean[] marked) {
    int kept = 0;
    for (int i = 0; i < count; i++) {
      if (marked[i]) {
        ids[kept] = ids[i];
        logits[kept++] = logits[i];
      }
    }
    count = kept;
  }

  /// Divides the logits. At temperature 0 only the most probable is left.
  void applyTemperature(double temperature) {
    if (temperature == 0) {
      ids[0] = ids[argmax];
      logits[0] = logits[argmax];
      argmax = 0;
      keepFirst(1);
    } else if (temperature != 1) {
      float largest = logits[argmax];
      // Differences, so that a temperature near 0 makes no infinities of the largest.
      for (int i = 0; i < count; i++) {
        logits[i] = (float) ((logits[i] - largest) / temperature);
      }
    }
  }

  /// Samples a rank from the distribution by inverse transform of `uniform` in [0, 1).
  int draw(double uniform) {
    return drawn(uniform * exponentials());
  }

  /// Samples a rank in proportion to `(p - q)+`, what is left of the distribution where another one
  /// was tried first, or by the distribution if nothing is left.
  ///
  /// @param other q by id
  int drawRest(double[] other, double uniform) {
    double sum = 0;
    var rest = distribution();
    for (int i = 0; i < count; i++) {
      rest[i] = Math.max(0, rest[i] - other[ids[i]]);
      sum += rest[i];
    }
    return sum > 0 ? drawn(uniform * sum) : draw(uniform);
  }

  private int drawn(double from) {
    double left = from;
    int last = 0; // for a remainder left by rounding
    for (int i = 0; i < count; i++) {
      left -= masses[i];
      if (left < 0) {
        return i;
      }
      last = masses[i] > 0 ? i : last;
    }
    return last;
  }
}
