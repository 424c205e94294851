package dev.fader.generate;

import java.util.List;

/// How likely a token was that a model has written, before any setting of the sampler.
///
/// @param id of the token
/// @param logProbability of it, in nats
/// @param top the most probable tokens in its place, the first one first
public record TokenLikelihood(int id, double logProbability, List<Prediction.Candidate> top) {
  static TokenLikelihood of(int id, Prediction prediction, int ranked) {
    return new TokenLikelihood(
        id, -prediction.loss(id), ranked == 0 ? List.of() : prediction.top(ranked));
  }
}
