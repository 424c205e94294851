package dev.fader.kernel.row;

import dev.fader.kernel.matrix.Floats;
import dev.fader.tensor.Tensor;
import java.util.Optional;

/// How rows are normalised: `y = (x - mean) / deviation * (weight + weightOffset) + bias`.
///
/// A row of `groups * size` columns is normalised in groups of `size`, the length of the weight:
/// one group is the norm of a layer, several are the per-head norms of queries and keys.
///
/// @param kind what is taken for mean and deviation
/// @param weight (size)
/// @param bias (size), if there is one
/// @param epsilon added to the variance
/// @param weightOffset added to the weight: 1 for Gemma, otherwise 0
public record Normalization(
    Kind kind, Tensor weight, Optional<Tensor> bias, float epsilon, float weightOffset) {

  /// The two forms of normalisation.
  public enum Kind {
    /// Mean 0, root mean square for the deviation (Zhang and Sennrich, arXiv:1910.07467).
    RMS,
    /// Mean and standard deviation of the group (Ba et al., arXiv:1607.06450).
    LAYER
  }

  /// @throws IllegalArgumentException if the tensors are not float32 or differ in length
  public Normalization {
    Floats.require(weight, "the weight of a normalisation");
    if (bias.isPresent()) {
      Floats.require(bias.get(), "the bias of a normalisation");
      Floats.requireElements(bias.get(), weight.elements(), "the bias of a normalisation");
    }
    if (weight.elements() == 0) {
      throw new IllegalArgumentException("a normalisation needs a weight, not an empty one");
    }
  }

  /// The length of a group.
  int size() {
    return Math.toIntExact(weight.elements());
  }
}
