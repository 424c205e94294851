package dev.fader.kernel.row;

import dev.fader.tensor.DType;
import dev.fader.tensor.Tensor;

/// What the logits should have predicted.
///
/// @param targets INT32, (rows): the token that came; negative is ignored
/// @param gradientScale the gradient is wanted times this, or not at all if 0
public record CrossEntropy(Tensor targets, float gradientScale) {
  /// @throws IllegalArgumentException if the targets are not INT32
  public CrossEntropy {
    if (targets.type() != DType.INT32) {
      throw new IllegalArgumentException("targets must be INT32 token ids, not " + targets);
    }
  }
}
