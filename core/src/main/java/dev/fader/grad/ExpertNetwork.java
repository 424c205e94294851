package dev.fader.grad;

import dev.fader.kernel.row.Activation;
import java.util.List;
import java.util.Optional;

/// The feed-forward networks of a layer's experts and how tokens get to them.
///
/// @param layer whose network it is
/// @param correction (experts), added to probabilities where experts are chosen, if there is one;
///   it is not learned by gradient (DeepSeek-V3)
/// @param inputs gate and up, or both in one projection
/// @param down back to the width of the layer
public record ExpertNetwork(
    int layer,
    Routing routing,
    Optional<Variable> correction,
    List<ExpertMatrices> inputs,
    ExpertMatrices down,
    Gate gate) {
  /// What stands between the projections.
  ///
  /// @param activation the function of the gate, where it is not clamped
  /// @param clamped whether the gate is that of gpt-oss
  /// @param interleaved whether the columns of gate and up alternate
  public record Gate(Activation activation, boolean clamped, boolean interleaved) {
    public Gate {
      if (interleaved && !clamped) {
        throw new IllegalArgumentException("only clamped gates have alternating columns");
      }
    }
  }

  int experts() {
    return down.count();
  }

  /// Columns of gate and up together.
  int hidden() {
    return inputs.stream().mapToInt(ExpertMatrices::outputs).sum();
  }

  boolean needsGradient() {
    return down.needsGradient() || inputs.stream().anyMatch(ExpertMatrices::needsGradient);
  }
}
