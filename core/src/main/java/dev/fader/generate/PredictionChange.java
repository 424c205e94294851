package dev.fader.generate;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;

/// How the prediction of the next token changes, by a mix or whatever else is done to a model.
public final class PredictionChange {
  private final Prediction before;
  private final Prediction after;

  /// The change between two predictions over the same vocabulary.
  public PredictionChange(Prediction before, Prediction after) {
    this.before = before;
    this.after = after;
  }

  /// A token that may come next, with its probability before and after the change.
  public record Token(int id, double before, double after) {}

  /// The tokens that are among the `count` most probable before or after the change, in the order
  /// of the larger of both probabilities.
  public List<Token> top(int count) {
    var ids = new LinkedHashSet<Integer>();
    before.top(count).forEach(candidate -> ids.add(candidate.id()));
    after.top(count).forEach(candidate -> ids.add(candidate.id()));
    var tokens = new ArrayList<Token>();
    for (int id : ids) {
      tokens.add(new Token(id, Math.exp(-before.loss(id)), Math.exp(-after.loss(id))));
    }
    tokens.sort((a, b) -> Double.compare(Math.max(b.before, b.after), Math.max(a.before, a.after)));
    return tokens;
  }

  /// How much of a surprise the change is to who expected what was predicted before: the
  /// Kullback-Leibler divergence of the new prediction from the old one (1951), in bits. 0 if
  /// nothing has changed.
  public double divergence() {
    double nats = 0;
    var logits = before.logits();
    for (int id = 0; id < logits.length; id++) {
      double probability = Math.exp(-before.loss(id));
      if (probability > 0) {
        nats += probability * (after.loss(id) - before.loss(id));
      }
    }
    return Math.max(0, nats / Math.log(2));
  }
}
