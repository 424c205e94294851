package dev.fader.kernel.row;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.tensor.Tensor;
import java.util.Optional;

/// The gradients of a normalisation.
///
/// @param output the gradient of the loss by y, (rows, groups * size)
/// @param input the gradient by x, of the same size; it may be `output` unless it is added to
/// @param addToInput whether `input` is added to (a residual branch) or set
/// @param weight (size), added to, or empty when it is not wanted
/// @param bias (size), added to, or empty when it is not wanted
public record NormalizationGradient(
    Matrix output,
    Matrix input,
    boolean addToInput,
    Optional<Tensor> weight,
    Optional<Tensor> bias) {}
