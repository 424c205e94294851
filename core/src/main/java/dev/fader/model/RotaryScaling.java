package dev.fader.model;

import java.util.List;

/// How rotary angles are changed to reach beyond the context a model was first trained on.
public sealed interface RotaryScaling {
  /// As trained.
  record None() implements RotaryScaling {}

  /// Positions divided by `factor` (Chen et al. 2023).
  record Linear(double factor) implements RotaryScaling {}

  /// Long wavelengths divided by `factor`, short ones kept, those between blended (Llama 3.1).
  ///
  /// @param originalContext the context of the first training, in tokens
  record Llama3(double factor, double lowFrequency, double highFrequency, int originalContext)
      implements RotaryScaling {
    /// The frequency, in radians per token, that takes the place of `frequency`.
    public double stretch(double frequency) {
      double turns = originalContext * frequency / (2 * Math.PI);
      if (turns < lowFrequency) {
        return frequency / factor;
      }
      if (turns > highFrequency) {
        return frequency;
      }
      double smooth = (turns - lowFrequency) / (highFrequency - lowFrequency);
      return (1 - smooth) * frequency / factor + smooth * frequency;
    }
  }

  /// Wavelengths blended by how many rotations they make within the original context (YaRN, Peng et
  /// al. 2023).
  ///
  /// @param attentionFactor what cosines and sines are multiplied with; 0 for the paper's `0.1
  ///   ln(factor) + 1`
  /// @param truncated whether the ends of the blend are whole pairs, as in the paper's program
  record Yarn(
      double factor,
      double betaFast,
      double betaSlow,
      int originalContext,
      double attentionFactor,
      boolean truncated)
      implements RotaryScaling {
    /// As the paper's program does it.
    public Yarn(
        double factor,
        double betaFast,
        double betaSlow,
        int originalContext,
        double attentionFactor) {
      this(factor, betaFast, betaSlow, originalContext, attentionFactor, true);
    }
  }

  /// Each wavelength with a factor of its own (LongRoPE, Ding et al. 2024): one list for texts
  /// within the original context, one for longer texts.
  ///
  /// @param shortFactors one per pair
  /// @param longFactors one per pair
  /// @param originalContext the longest text that the short factors serve
  /// @param attentionFactor what cosines and sines are multiplied with
  record Longrope(
      List<Double> shortFactors,
      List<Double> longFactors,
      int originalContext,
      double attentionFactor)
      implements RotaryScaling {
    public Longrope {
      shortFactors = List.copyOf(shortFactors);
      longFactors = List.copyOf(longFactors);
    }
  }

  /// What cosines and sines are multiplied with.
  default double magnitude() {
    return switch (this) {
      case None(), Linear(_), Llama3 _ -> 1;
      case Longrope longrope -> longrope.attentionFactor();
      case Yarn yarn when yarn.attentionFactor() != 0 -> yarn.attentionFactor();
      case Yarn yarn -> yarn.factor() <= 1 ? 1 : 0.1 * StrictMath.log(yarn.factor()) + 1;
    };
  }
}
