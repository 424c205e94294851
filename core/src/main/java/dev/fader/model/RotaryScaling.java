package dev.fader.model;

import java.util.List;

/// Scaling of rotary frequencies for contexts longer than in pretraining.
public sealed interface RotaryScaling {
  /// No scaling.
  record None() implements RotaryScaling {}

  /// Position interpolation: positions divided by `factor` (Chen et al. 2023).
  record Linear(double factor) implements RotaryScaling {}

  /// Long wavelengths divided by `factor`, short ones kept, interpolated in between (Llama 3.1).
  ///
  /// @param originalContext the context length of pretraining, in tokens
  record Llama3(double factor, double lowFrequency, double highFrequency, int originalContext)
      implements RotaryScaling {
    /// The scaled frequency, in radians per token.
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

  /// Wavelengths interpolated by their number of rotations within the original context (YaRN, Peng
  /// et al. 2023).
  ///
  /// @param attentionFactor factor of cosines and sines; 0 for the paper's `0.1 ln(factor) + 1`
  /// @param truncated whether the ends of the interpolation are rounded to whole pairs, as in the
  ///   paper's program
  record Yarn(
      double factor,
      double betaFast,
      double betaSlow,
      int originalContext,
      double attentionFactor,
      boolean truncated)
      implements RotaryScaling {
    /// The defaults of the paper's program.
    public Yarn(
        double factor,
        double betaFast,
        double betaSlow,
        int originalContext,
        double attentionFactor) {
      this(factor, betaFast, betaSlow, originalContext, attentionFactor, true);
    }
  }

  /// A factor for each wavelength (LongRoPE, Ding et al. 2024): one list for texts within the
  /// original context, one for longer texts.
  ///
  /// @param shortFactors one per pair
  /// @param longFactors one per pair
  /// @param originalContext the longest text for the short factors
  /// @param attentionFactor factor of cosines and sines
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

  /// The factor of cosines and sines.
  default double magnitude() {
    return switch (this) {
      case None(), Linear(_), Llama3 _ -> 1;
      case Longrope longrope -> longrope.attentionFactor();
      case Yarn yarn when yarn.attentionFactor() != 0 -> yarn.attentionFactor();
      case Yarn yarn -> yarn.factor() <= 1 ? 1 : 0.1 * StrictMath.log(yarn.factor()) + 1;
    };
  }
}
