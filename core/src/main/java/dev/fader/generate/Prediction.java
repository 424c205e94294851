package dev.fader.generate;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// The next-token distribution after one position.
public final class Prediction {
  private final int position;
  private final float[] logits; // (vocabulary)
  private final double logSumExp; // of the logits, in nats

  private Prediction(int position, float[] logits, double logSumExp) {
    this.position = position;
    this.logits = logits;
    this.logSumExp = logSumExp;
  }

  /// One candidate for the next token.
  public record Candidate(int id, double probability, float logit) {}

  /// The prediction with these logits.
  ///
  /// @throws NotNumbersException if one is NaN or infinite, or all forbid their token
  public static Prediction of(int position, float[] logits) {
    float largest = logits[Sampler.largest(logits)];
    double sum = 0;
    for (float logit : logits) {
      sum += Math.exp(logit - largest);
    }
    double logSumExp = largest + Math.log(sum);
    if (!Double.isFinite(logSumExp)) {
      throw new NotNumbersException();
    }
    return new Prediction(position, logits, logSumExp);
  }

  /// The predictions after some of the tokens that `session` reads now, by position.
  ///
  /// @param positions counted from the first token that the session has read
  public static Map<Integer, Prediction> at(
      Session session, int[] tokens, Collection<Integer> positions) {
    var found = new HashMap<Integer, Prediction>();
    session.read(
        tokens,
        Set.copyOf(positions)::contains,
        (position, logits) -> found.put(position, of(position, logits)));
    return found;
  }

  /// Of the last token that was read, counted from 0.
  public int position() {
    return position;
  }

  /// The logits, a copy: (vocabulary).
  public float[] logits() {
    return logits.clone();
  }

  /// The logarithm of the sum of the exponentials of the logits, in nats.
  public double logSumExp() {
    return logSumExp;
  }

  /// The `count` most probable tokens, the first one first.
  public List<Candidate> top(int count) {
    var candidates = new Candidates().of(logits, count);
    var top = new ArrayList<Candidate>();
    for (int rank = 0; rank < candidates.count(); rank++) {
      int id = candidates.id(rank);
      top.add(new Candidate(id, Math.exp(logits[id] - logSumExp), logits[id]));
    }
    return top;
  }

  float logit(int id) {
    return logits[id];
  }

  /// The surprisal of `id` (negative log probability), in nats.
  public double loss(int id) {
    return logSumExp - logits[id];
  }
}
