package dev.fader.train;

import java.util.List;

/// The cross-entropy of a model on a text.
///
/// @param loss mean cross-entropy in nats per token
/// @param tokens number of predicted tokens
/// @param experts how busy they were, by layer; empty for a model without, or where nobody counted
/// @param zeros neurons that were exactly zero, by layer; empty for a model whose activation makes
///   none, or where nobody counted
public record Evaluation(
    double loss, long tokens, List<ExpertLoad> experts, List<ZeroShare> zeros) {
  public Evaluation {
    experts = List.copyOf(experts);
    zeros = List.copyOf(zeros);
  }

  /// Where nobody counted.
  public Evaluation(double loss, long tokens) {
    this(loss, tokens, List.of(), List.of());
  }

  /// Perplexity: e to the loss, the effective number of equally likely next tokens.
  public double perplexity() {
    return Math.exp(loss);
  }
}
