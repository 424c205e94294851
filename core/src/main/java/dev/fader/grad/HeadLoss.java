package dev.fader.grad;

import dev.fader.tensor.Tensor;

/// What the loss is measured against.
///
/// @param targets INT32 (rows): the next token of each row, negative where there is none to predict
/// @param gradientScale what each row's gradient is multiplied with, usually one over the number of
///   targets of the whole step; 0 computes no gradient
/// @param softCap `c` in `c * tanh(logit / c)`, 0 for none
public record HeadLoss(Tensor targets, float gradientScale, float softCap) {}
