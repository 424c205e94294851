package dev.fader.model.gguf;

import dev.fader.model.Experts;
import dev.fader.model.ModelConfig;
import dev.fader.model.ParameterLayout;
import dev.fader.model.ParameterSpec;
import dev.fader.model.Positions;
import dev.fader.model.Role;
import dev.fader.model.RotaryScaling;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The tensors of a model in a GGUF file, without their numbers: names, order and shapes, with
/// experts stacked and projections (out, in).
public final class GgufLayout {
  private final ModelConfig config;
  private final GgufArchitecture architecture;

  /// One of the parameters.
  ///
  /// @param spec its entry in the table, experts stacked
  /// @param shape in the file
  public record Entry(String name, ParameterSpec spec, Shape shape) {
    /// Whether it may be quantized; everything else is float32.
    public boolean isMatrix() {
      return shape.rank() >= 2
          && !spec.bias()
          && spec.role() != Role.ROUTER
          && spec.role() != Role.POSITION_EMBEDDING;
    }
  }

  /// The layout of `model`.
  ///
  /// @throws dev.fader.model.ModelConfigException if there is no GGUF architecture for its family
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

  /// The model with experts stacked as in the file.
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

  /// A tensor of the parameter table of a GGUF file as the file has it.
  ///
  /// @param arena for one that stands otherwise there
  public Tensor inFile(ParameterSpec spec, Tensor tensor, TensorArena arena) {
    if (!isTransposed(spec)) {
      return tensor;
    }
    var transposed = arena.allocate(tensor.type(), shape(spec));
    int rows = tensor.shape().size(0);
    int columns = tensor.shape().size(1);
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        transposed.set((long) column * rows + row, tensor.get((long) row * columns + column));
      }
    }
    return transposed;
  }

  /// Whether a matrix stands the other way round in the file.
  public boolean isTransposed(ParameterSpec spec) {
    return architecture == GgufArchitecture.GPT2 && GgufTensorReader.isProjection(spec);
  }

  /// The factors of rotary positions, which are tensors after the parameters.
  public Map<String, List<Double>> factors() {
    var factors = new LinkedHashMap<String, List<Double>>();
    if (config.positions() instanceof Positions.Rotary rotary) {
      int size = rotary.size() == 0 ? config.attention().headSize() : rotary.size();
      switch (rotary.rope().scaling()) {
        case RotaryScaling.Llama3 llama3 ->
            factors.put(
                GgufRotary.FACTORS,
                GgufRotary.llama3Factors(llama3, rotary.rope().theta(), size / 2));
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
