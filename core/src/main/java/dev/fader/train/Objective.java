package dev.fader.train;

import dev.fader.grad.DropoutPlan;
import dev.fader.grad.Tape;

/// A loss that a step follows downhill.
@SuppressWarnings("exports") // of what computes, which only Fader's own modules see
public interface Objective {
  /// What the loss is the mean over: tokens, pairs or examples.
  long targets();

  /// Adds the gradient of the mean loss over all batches of the step to the gradients of the
  /// parameters.
  ///
  /// @param tape which records, and holds nothing before and after
  /// @return the mean loss
  double addGradient(Tape tape, Draws draws);

  /// The dropouts of a step.
  ///
  /// @param probability of a number between the layers to be set to zero
  /// @param seed of the run
  /// @param step steps before this one
  record Draws(float probability, long seed, long step) {
    /// The dropout of batch `index` of `batches` in the step.
    public DropoutPlan of(int index, int batches) {
      return new DropoutPlan(probability, seed, step * batches + index);
    }
  }
}
