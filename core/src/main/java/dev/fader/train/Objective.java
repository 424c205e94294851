package dev.fader.train;

import dev.fader.grad.DropoutPlan;
import dev.fader.grad.Tape;
import dev.fader.grad.Variable;

/// A loss that a step follows downhill: the mean over what is in its microbatches, of which this
/// has those of one rank.
@SuppressWarnings("exports") // of what computes, which only Fader's own modules see
public interface Objective {
  /// How much is in some microbatches.
  ///
  /// @param weight what sums of losses are divided by for the mean
  /// @param targets what the loss is the mean over: tokens, pairs or examples
  /// @param rows of the residual stream that have to do with a target, where that is of interest
  record Size(double weight, long targets, long rows) {
    /// Of nothing.
    public static final Size NONE = new Size(0, 0, 0);

    /// With more.
    public Size plus(Size more) {
      return new Size(weight + more.weight, targets + more.targets, rows + more.rows);
    }
  }

  /// How many microbatches of the step are here.
  int microbatches();

  /// How much is in microbatch `index` of those that are here.
  Size size(int index);

  /// Runs the model on a microbatch of those that are here.
  ///
  /// @return (rows, width)
  Variable forward(Tape tape, int index);

  /// Takes the loss of the microbatch that was run last, and starts the backward pass of its part
  /// in the mean over all microbatches of the step.
  ///
  /// @param output what [#forward] gave
  /// @param step how much is in all microbatches of the step
  /// @return the sum of its losses
  double startBackward(Tape tape, int index, Variable output, Size step);

  /// Adds the gradient of what the loss has besides, whatever the microbatches are, to that of the
  /// parameters.
  ///
  /// @return how much that is
  default double addPenalty() {
    return 0;
  }

  /// The dropouts of a step.
  ///
  /// @param probability of a number between the layers to be set to zero
  /// @param seed of the run
  /// @param step steps before this one
  record Draws(float probability, long seed, long step) {
    /// The dropout of microbatch `index` of all `microbatches` of the step.
    public DropoutPlan of(int index, int microbatches) {
      return new DropoutPlan(probability, seed, step * microbatches + index);
    }
  }
}
