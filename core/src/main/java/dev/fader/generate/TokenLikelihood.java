package dev.fader.generate;

import java.util.List;

/// How likely a token of a text was by the model, before any setting of the sampler; or, where that
/// is asked for, how likely the sampler was to draw it.
///
/// @param id of the token
/// @param logProbability of it, in nats
/// @param top the most probable tokens in its place, the first one first
public record TokenLikelihood(int id, double logProbability, List<Prediction.Candidate> top) {
  /// How likely `id` was by a prediction.
  ///
  /// @param ranked how many of the most probable tokens are told, too
  public static TokenLikelihood of(int id, Prediction prediction, int ranked) {
    return new TokenLikelihood(
        id, -prediction.loss(id), ranked == 0 ? List.of() : prediction.top(ranked));
  }
}
