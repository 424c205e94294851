package dev.fader.kernel.attention;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.tensor.Tensor;

/// What the backward pass needs of the forward pass: its output, its `logSumExp` and the gradient
/// of the output, of the same shape as the output.
public record AttentionResult(Matrix out, Tensor logSumExp, Matrix outGradient) {}
