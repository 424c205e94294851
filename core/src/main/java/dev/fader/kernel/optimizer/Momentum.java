package dev.fader.kernel.optimizer;

import dev.fader.tensor.Tensor;

/// Gradient descent with momentum of one weight, as PyTorch's SGD does it.
///
/// @param momentum decay of the velocity; 0 is plain gradient descent
/// @param weightDecay times the weight is added to the gradient
/// @param nesterov looks one step ahead (Sutskever et al., ICML 2013)
/// @param velocity of the weight's length
public record Momentum(float momentum, float weightDecay, boolean nesterov, Tensor velocity) {}
