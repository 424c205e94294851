package dev.fader.model.gguf;

import dev.fader.model.Experts;
import dev.fader.model.ModelConfig;
import dev.fader.model.ParameterLayout;
import dev.fader.model.ParameterSpec;
import dev.fader.model.Positions;
import dev.fader.model.Role;
import dev.fader.model.RotaryScaling;
import dev.fader.tensor.Shape;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The tensors of a model in a GGUF file of its architecture, before they have numbers: their
/// names, their order and their shapes, experts stacked, projections (out, in).
public final class GgufLayout {
  private final ModelConfig config;
  private final GgufArchitecture architecture;

  /// One of the parameters.
  ///
  /// @param spec as the table has it, experts stacked
  /// @param shape as it stands in the file
  public record Entry(String name, ParameterSpec spec, Shape shape) {
    /// Whether it may have fewer bits; everything else is in float32.
    boolean isMatrix() {
      return shape.rank() >= 2
          && !spec.bias()
          && spec.role() != Role.ROUTER
          && spec.role() != Role.POSITION_EMBEDDING;
    }
  }

  /// The layout of `model`.
  ///
  /// @throws dev.fader.model.ModelConfigException if no architecture of GGUF files is its family
  public GgufLayout(ModelConfig model) {
    config = stacked(model);
    architecture = GgufArchitecture.of(model);
  }

  private static ModelConfig stacked(ModelConfig config) {
    var experts = config.feedForward().experts();
    return experts.isEmpty()
        ? config
        : config.withFeedForward(
            config.feedForward().withExperts(experts.get().withLayout(Experts.Layout.STACKED)));
  }

  /// The model with experts as they stand in the file.
  public ModelConfig config() {
    return config;
  }

  public GgufArchitecture architecture() {
    return architecture;
  }

  /// The parameters, in the order of the file.
  public List<Entry> entries() {
    var names = new GgufTensorNames(architecture, config);
    return ParameterLayout.of(config).stream()
        .map(spec -> new Entry(names.name(spec), spec, shape(spec)))
        .toList();
  }

  private Shape shape(ParameterSpec spec) {
    var shape = spec.shape();
    return isTransposed(spec) ? Shape.of(shape.dimension(1), shape.dimension(0)) : shape;
  }

  boolean isTransposed(ParameterSpec spec) {
    return architecture == GgufArchitecture.GPT2 && GgufTensorReader.isProjection(spec);
  }

  /// What positions are scaled with, which stands in tensors behind the parameters.
  public Map<String, List<Double>> factors() {
    var factors = new LinkedHashMap<String, List<Double>>();
    if (config.positions() instanceof Positions.Rotary rotary) {
      int size = rotary.size() == 0 ? config.attention().headSize() : rotary.size();
      switch (rotary.waves().scaling()) {
        case RotaryScaling.Llama3 llama3 ->
            factors.put(
                GgufRotary.FACTORS,
                GgufRotary.llama3Factors(llama3, rotary.waves().theta(), size / 2));
        case RotaryScaling.Longrope longrope -> {
          factors.put(GgufRotary.LONG_FACTORS, longrope.longFactors());
          factors.put(GgufRotary.SHORT_FACTORS, longrope.shortFactors());
        }
        default -> {}
      }
    }
    return factors;
  }
}
