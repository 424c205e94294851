package dev.fader.kernel.optimizer;

import dev.fader.tensor.Tensor;

/// Adam's running means of a weight's gradient and of its square, both of the weight's length.
///
/// @param first mean of the gradient
/// @param second mean of its square
public record Moments(Tensor first, Tensor second) {}
