package dev.fader.train;

/// What a model makes of the validation text.
///
/// @param loss mean cross-entropy in nats per token
/// @param tokens how many were predicted
public record Evaluation(double loss, long tokens) {
  /// The effective number of equally likely next tokens.
  public double perplexity() {
    return Math.exp(loss);
  }
}
