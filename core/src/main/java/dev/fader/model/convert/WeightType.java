package dev.fader.model.convert;

import dev.fader.tensor.DType;

/// The storage of a model's weights.
public sealed interface WeightType {
  /// All matrices in one type. One-dimensional tensors are float32 beside quantized matrices, else
  /// of that type too.
  record Uniform(DType type) implements WeightType {
    @Override
    public String name() {
      return type.name();
    }
  }

  /// Each tensor in the type that [dev.fader.model.convert.ModelQuantization] gives it.
  record Mixed(QuantizationMix mix) implements WeightType {
    @Override
    public String name() {
      return mix.name();
    }
  }

  /// Its name on the command line.
  String name();
}
