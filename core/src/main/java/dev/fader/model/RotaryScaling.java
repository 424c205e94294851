package dev.fader.model;

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
      implements RotaryScaling {}

  /// Wavelengths blended by how often they turn within the original context (YaRN, Peng et al.
  /// 2023).
  ///
  /// @param attentionFactor what cosines and sines are multiplied with; 0 for the paper's `0.1
  ///   ln(factor) + 1`
  record Yarn(
      double factor,
      double fastTurns,
      double slowTurns,
      int originalContext,
      double attentionFactor)
      implements RotaryScaling {}
}
