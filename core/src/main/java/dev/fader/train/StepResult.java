package dev.fader.train;

import java.util.List;

/// What one step of a [TrainableModel] found.
///
/// @param loss mean cross-entropy in nats over the step's targets, before the update
/// @param gradientNorm the length of the gradient before clipping
/// @param targets tokens that were predicted
/// @param updateRatios per layer the size of the update relative to the weights; empty if not
///   measured
public record StepResult(
    double loss, double gradientNorm, long targets, List<Double> updateRatios) {
  public StepResult {
    updateRatios = List.copyOf(updateRatios);
  }

  /// Whether loss or gradient is no number; then nothing was updated.
  public boolean isDiverged() {
    return !Double.isFinite(loss) || !Double.isFinite(gradientNorm);
  }
}
