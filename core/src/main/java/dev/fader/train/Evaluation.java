package dev.fader.train;

/// The cross-entropy of a model on a text.
///
/// @param loss mean cross-entropy in nats per token
/// @param tokens number of predicted tokens
public record Evaluation(double loss, long tokens) {
  /// Perplexity: e to the loss, the effective number of equally likely next tokens.
  public double perplexity() {
    return Math.exp(loss);
  }
}
