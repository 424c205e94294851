package dev.fader.train;

import static dev.fader.train.TrainingException.require;

/// Ranks that seldom talk (DiLoCo, Douillard et al. 2023, arXiv:2311.08105): each takes steps of
/// its own, from its own microbatches, and now and then all go on from common weights, which an
/// outer step by Nesterov's momentum makes of what they have learned apart.
///
/// @param every steps from one exchange to the next
/// @param rate of the outer step
/// @param momentum of the outer step
public record LocalSteps(int every, double rate, double momentum) {
  /// Checks the numbers.
  public LocalSteps {
    require(every >= 1, "sync-every %d is no number of steps: choose 1 or more, such as 50", every);
    require(
        rate > 0 && rate < Double.POSITIVE_INFINITY,
        "an outer rate of %s: choose one above 0, such as 0.7",
        rate);
    require(
        momentum >= 0 && momentum < 1,
        "an outer momentum of %s: choose one from 0 to below 1, such as 0.9",
        momentum);
  }

  /// With the rate and momentum that the authors found best.
  public static LocalSteps of(int every) {
    return new LocalSteps(every, 0.7, 0.9);
  }
}
