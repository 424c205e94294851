package dev.fader.grad;

/// The dropout of one step.
///
/// @param probability of a number to be set to zero; 0 drops nothing
/// @param seed of the run
/// @param step which step it is, so that each draws other masks
public record DropoutPlan(float probability, long seed, long step) {
  /// No dropout.
  public static final DropoutPlan NONE = new DropoutPlan(0, 0, 0);
}
