package dev.fader.kernel;

import dev.fader.tensor.Tensor;
import java.util.Optional;

/// How rows are normalised: `(x - mean) / deviation * (weight + weightOffset) + bias`.
///
/// @param weight (size): a row of `groups * size` columns is normalised in groups
/// @param bias (size), if there is one
/// @param epsilon added under the root
/// @param weightOffset added to the weight: 1 in Gemma, else 0
public record Normalization(
    Kind kind, Tensor weight, Optional<Tensor> bias, float epsilon, float weightOffset) {
  /// What is taken out of a row.
  public enum Kind {
    /// The root of the mean square only (RMSNorm, Zhang and Sennrich 2019).
    RMS,
    /// Mean and deviation (LayerNorm, Ba et al. 2016).
    LAYER
  }
}
