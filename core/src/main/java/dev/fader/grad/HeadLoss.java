package dev.fader.grad;

import dev.fader.tensor.Tensor;
import java.util.Optional;

/// What the loss is measured against.
///
/// @param targets INT32 (rows): the next token of each row, negative where there is none to predict
/// @param gradientScale what each row's gradient is multiplied with, usually one over the number of
///   targets of the whole step; 0 computes no gradient
/// @param softCap `c` in `c * tanh(logit / c)`, 0 for none
/// @param rowScales (rows): what each row's gradient is multiplied with besides
/// @param sparse whether rows without a target are left out of the products, which pays where there
///   are many of them
public record HeadLoss(
    Tensor targets,
    float gradientScale,
    float softCap,
    Optional<Tensor> rowScales,
    boolean sparse) {
  /// All rows count alike, and most have a target.
  public HeadLoss(Tensor targets, float gradientScale, float softCap) {
    this(targets, gradientScale, softCap, Optional.empty(), false);
  }
}
