package dev.fader.grad;

/// How the scores of a router become the experts of a token and their weights (Shazeer et al.
/// 2017).
///
/// @param scoring what turns scores into probabilities
/// @param perToken how many experts a token goes to
/// @param normalized whether the weights of the chosen experts are divided by their sum; a softmax
///   over the chosen alone is the same as one over all that is normalised
/// @param scale what the weights are then multiplied with
/// @param groups groups of consecutive experts, 1 for none: a token chooses groups first (DeepSeek)
/// @param groupsPerToken how many groups it chooses
public record Routing(
    Scoring scoring,
    int perToken,
    boolean normalized,
    float scale,
    int groups,
    int groupsPerToken) {
  /// From scores to probabilities.
  public enum Scoring {
    /// Over all experts; a group is as good as its best expert (DeepSeek-V2).
    SOFTMAX,
    /// Each expert on its own; a group is as good as its best two (DeepSeek-V3).
    SIGMOID
  }

  /// Without groups.
  public Routing(Scoring scoring, int perToken, boolean normalized) {
    this(scoring, perToken, normalized, 1, 1, 1);
  }
}
