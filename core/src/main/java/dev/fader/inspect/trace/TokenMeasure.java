package dev.fader.inspect.trace;

import dev.fader.generate.Prediction;
import java.util.OptionalInt;

/// What is asked of the prediction after a text: the logarithm of a token's probability, in nats,
/// or by how much its logit exceeds that of another.
///
/// @param token the token that is asked for
/// @param against the other one
public record TokenMeasure(int token, OptionalInt against) {
  /// The logarithm of a token's probability.
  public static TokenMeasure logProbability(int token) {
    return new TokenMeasure(token, OptionalInt.empty());
  }

  /// By how much its logit exceeds that of another.
  public static TokenMeasure logitDifference(int token, int against) {
    return new TokenMeasure(token, OptionalInt.of(against));
  }

  double of(float[] logits) {
    return against.isPresent()
        ? (double) logits[token] - logits[against.getAsInt()]
        : -Prediction.of(0, logits).loss(token);
  }

  void require(TracedModel model) {
    model.requireToken(token);
    if (against.isPresent()) {
      model.requireToken(against.getAsInt());
    }
  }
}
