package dev.fader.inspect.difference;

import java.util.List;
import java.util.OptionalInt;

/// How a tensor differs in two models.
///
/// @param name in the layout of a directory, or in the file
/// @param module the last part of the name of its module: `q_proj`
/// @param layer the layer it is in, -1 outside the layers
/// @param shape outermost dimension first
/// @param firstType how the first model stores it
/// @param secondType how the second does
/// @param change the norm of the difference
/// @param norm of the first model's tensor
/// @param cosine of the angle between both; 1 if both are zero
/// @param changed the share of the numbers that are not equal
/// @param rank of the difference, as far as it stands out of what rounding makes of it; empty where
///   it is not small, or was not asked for
/// @param kind what it looks like
/// @param words the same in words
public record TensorDifference(
    String name,
    String module,
    int layer,
    List<Long> shape,
    String firstType,
    String secondType,
    double change,
    double norm,
    double cosine,
    double changed,
    OptionalInt rank,
    ChangeKind kind,
    String words) {
  public TensorDifference {
    shape = List.copyOf(shape);
  }

  /// The norm of the difference over that of the first; infinite if only the first is zero.
  public double relative() {
    return change == 0 ? 0 : change / norm;
  }
}
