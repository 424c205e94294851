package dev.fader.train;

import java.util.List;

/// The cross-entropy of a model on a text.
///
/// @param loss mean cross-entropy in nats per token
/// @param tokens number of predicted tokens
/// @param experts how busy they were, by layer; empty for a model without, or where nobody counted
public record Evaluation(double loss, long tokens, List<ExpertLoad> experts) {
  public Evaluation {
    experts = List.copyOf(experts);
  }

  /// Without experts.
  public Evaluation(double loss, long tokens) {
    this(loss, tokens, List.of());
  }

  /// Perplexity: e to the loss, the effective number of equally likely next tokens.
  public double perplexity() {
    return Math.exp(loss);
  }
}
