package dev.fader.kernel.row;

import dev.fader.kernel.matrix.Matrix;

/// The gradients at both ends of an activation. They may not share memory.
///
/// @param output the gradient of the loss by y, (rows, F)
/// @param input the gradient by x, which is set: (rows, F), or (rows, 2F) when gated
public record ActivationGradient(Matrix output, Matrix input) {}
