package dev.fader.inspect.plan;

import dev.fader.model.convert.QuantizationMix;
import dev.fader.tensor.DType;

/// How the weights of a model are stored.
public sealed interface WeightType {
  /// All matrices in one type. What has one dimension is in float32 beside blocks, else in that
  /// type too.
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

  /// Its name for programs.
  String name();
}
