package dev.fader.train;

/// Loss of a model on a text.
///
/// @param loss mean cross-entropy in nats per token
/// @param tokens how many were predicted
public record Evaluation(double loss, long tokens) {
  /// The effective number of equally likely next tokens.
  public double perplexity() {
    return Math.exp(loss);
  }
}
