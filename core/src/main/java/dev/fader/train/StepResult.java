package dev.fader.train;

import java.util.List;

/// The measurements of one step of a [TrainableModel].
///
/// @param loss mean cross-entropy in nats over the step's targets, before the update
/// @param gradientNorm the length of the gradient before clipping
/// @param targets tokens that were predicted
/// @param updateRatios per layer the size of the update relative to the weights; empty if not
///   measured
/// @param experts how busy they were, by layer; empty for a model without
public record StepResult(
    double loss,
    double gradientNorm,
    long targets,
    List<Double> updateRatios,
    List<ExpertLoad> experts) {
  public StepResult {
    updateRatios = List.copyOf(updateRatios);
    experts = List.copyOf(experts);
  }

  /// Whether loss or gradient is NaN or infinite; then nothing was updated.
  public boolean isDiverged() {
    return !Double.isFinite(loss) || !Double.isFinite(gradientNorm);
  }
}
