package dev.fader.kernel.optimizer;

import dev.fader.tensor.Tensor;

/// One step of an optimizer on one weight.
///
/// @param number of the step, from 1
/// @param learningRate of this step
/// @param gradientFactor the gradient is multiplied by this first: clipping, averaging
/// @param weight what is changed
/// @param gradient of the weight's length
public record Step(
    long number, float learningRate, float gradientFactor, Tensor weight, Tensor gradient) {}
