package dev.fader.model.convert;

import dev.fader.model.ModelConfig;
import dev.fader.model.ParameterSpec;
import dev.fader.model.gguf.GgufArchitecture;
import dev.fader.model.gguf.GgufLayout;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A tensor of the GGUF file that [ModelQuantization] would make of a model, derived from the
/// configuration alone.
///
/// @param spec its parameter, experts stacked; empty if it is not a parameter
public record QuantizedTensor(String name, Optional<ParameterSpec> spec, DType type, Shape shape) {

  /// All tensors of the file.
  ///
  /// @throws dev.fader.model.ModelConfigException if there is no GGUF architecture for the model
  public static List<QuantizedTensor> of(ModelConfig config, QuantizationMix mix) {
    var layout = new GgufLayout(config);
    var entries = layout.entries();
    var rules = new QuantizationRules(mix, QuantizationRules.ModelSummary.of(layout, entries));
    var tensors = new ArrayList<QuantizedTensor>();
    for (var entry : entries) {
      var type = rules.type(entry.name(), entry.shape(), DType.FLOAT32);
      tensors.add(
          new QuantizedTensor(entry.name(), Optional.of(entry.spec()), type, entry.shape()));
    }
    layout
        .factors()
        .forEach((name, factors) ->
            tensors.add(
                new QuantizedTensor(
                    name, Optional.empty(), DType.FLOAT32, Shape.of(factors.size()))));
    return tensors;
  }

  /// Whether there is a GGUF architecture for the model.
  public static boolean isKnown(ModelConfig config) {
    return GgufArchitecture.find(config).isPresent();
  }

  /// Its size in the file.
  public long bytes() {
    return type.bytesFor(shape);
  }
}
