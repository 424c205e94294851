package dev.fader.train;

/// The parameters of one step.
///
/// @param step steps before this one
/// @param learningRate of this step
/// @param measureUpdates whether to measure how far each layer moves
/// @param sparsityLoss the coefficient of a [SparsityLoss]
/// @param meets whether ranks that take steps of their own meet after it
public record StepPlan(
    long step, double learningRate, boolean measureUpdates, double sparsityLoss, boolean meets) {
  /// Of ranks that take every step together.
  public StepPlan(long step, double learningRate, boolean measureUpdates, double sparsityLoss) {
    this(step, learningRate, measureUpdates, sparsityLoss, true);
  }

  /// Without a loss for zeros.
  public StepPlan(long step, double learningRate, boolean measureUpdates) {
    this(step, learningRate, measureUpdates, 0);
  }
}
