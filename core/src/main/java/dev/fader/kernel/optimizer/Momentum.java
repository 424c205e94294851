package dev.fader.kernel.optimizer;

/// One step of gradient descent with momentum, as PyTorch's SGD does it.
///
/// @param learningRate of this step
/// @param momentum decay of the velocity; 0 is plain gradient descent
/// @param weightDecay times the weight is added to the gradient
/// @param gradientFactor the gradient is multiplied by this first: clipping, averaging
/// @param nesterov looks one step ahead (Sutskever et al., ICML 2013)
public record Momentum(
    float learningRate,
    float momentum,
    float weightDecay,
    float gradientFactor,
    boolean nesterov) {}
