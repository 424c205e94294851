package dev.fader.model.gguf;

import dev.fader.adapter.Adapter;
import dev.fader.adapter.AdapterException;
import dev.fader.adapter.ModelAdapter;
import dev.fader.adapter.ModelAdapter.VirtualTokens;
import dev.fader.adapter.OutputOrder;
import dev.fader.grad.Variable;
import dev.fader.kernel.Kernels;
import dev.fader.model.Experts;
import dev.fader.model.ModelConfig;
import dev.fader.model.ParameterSpec;
import dev.fader.model.Parameters;
import dev.fader.model.Role;
import dev.fader.tensor.TensorArena;
import java.util.LinkedHashMap;

/// Adapters that were made for the directory of a model, for its weights as a GGUF file has them.
public final class GgufAdapter {
  private final Parameters base;
  private final ModelConfig config;
  private final Kernels kernels;
  private final TensorArena arena;
  private final boolean paired;
  private final float offset; // of the weights of norms in the file

  private GgufAdapter(Parameters base, Kernels kernels, TensorArena arena) {
    this.kernels = kernels;
    this.base = base;
    this.config = base.config();
    this.arena = arena;
    this.paired = GgufTensorWriter.isPaired(GgufArchitecture.of(config), config);
    this.offset =
        HuggingFaceTensorWriter.layout(config).norm().weightOffset() - config.norm().weightOffset();
  }

  /// An adapter of the directory for the file.
  ///
  /// @param base the parameters of a GGUF file
  /// @param arena for numbers that stand otherwise there
  /// @throws AdapterException if something cannot be told in the order of the file
  public static ModelAdapter of(
      ModelAdapter adapter, Parameters base, Kernels kernels, TensorArena arena) {
    return new GgufAdapter(base, kernels, arena).converted(adapter);
  }

  private ModelAdapter converted(ModelAdapter adapter) {
    if (!adapter.experts().isEmpty() && hasInterleavedExperts()) {
      throw new AdapterException(
          "the adapter changes experts, whose gates the GGUF file has apart: use it beside the"
              + " directory of the model, or merge it there");
    }
    var projections = new LinkedHashMap<>(adapter.projections());
    var replaced = new LinkedHashMap<>(adapter.replaced());
    for (var spec : base.specs()) {
      projections.computeIfPresent(
          spec.module(), (module, one) -> spec.bias() ? one : converted(spec, one));
      replaced.computeIfPresent(spec.name(), (name, numbers) -> converted(spec, numbers));
    }
    return new ModelAdapter(
        projections,
        adapter.embeddings(),
        adapter.embeddingModule(),
        replaced,
        adapter.virtualTokens().map(this::converted),
        adapter.experts());
  }

  /// Keys that were learned stand in the order of those that are computed.
  private VirtualTokens converted(VirtualTokens tokens) {
    if (!tokens.keysValues() || !paired) {
      return tokens;
    }
    int width = config.attention().keyValueWidth();
    int columns = tokens.rows().value().shape().size(1);
    var from = new int[columns];
    for (int i = 0; i < columns; i++) {
      from[i] = i / width % 2 == 0 ? fromPaired(i) : i;
    }
    var stored = tokens.rows().value();
    var ordered = arena.allocate(stored.type(), stored.shape());
    for (long start = 0; start < stored.elements(); start += columns) {
      for (int i = 0; i < columns; i++) {
        ordered.set(start + i, stored.get(start + from[i]));
      }
    }
    return new VirtualTokens(Variable.fixed(ordered), true);
  }

  private boolean hasInterleavedExperts() {
    return HuggingFaceTensorWriter.layout(config)
        .feedForward()
        .experts()
        .filter(experts -> experts.layout() == Experts.Layout.INTERLEAVED)
        .isPresent();
  }

  private Adapter converted(ParameterSpec spec, Adapter adapter) {
    return isReordered(spec) ? order(spec).reordered(adapter) : adapter;
  }

  private Variable converted(ParameterSpec spec, Variable numbers) {
    if (config.family().equals("gpt2") && GgufTensorReader.isProjection(spec)) {
      throw new AdapterException(
          "the adapter replaces '%s', which the GGUF file has transposed: use the adapter beside the directory of the model"
              .formatted(spec.name()));
    }
    if (isReordered(spec)) {
      return order(spec).rows(numbers);
    }
    return offset != 0 && GgufTensorWriter.isNormWeight(spec) ? shifted(numbers) : numbers;
  }

  private Variable shifted(Variable numbers) {
    var stored = numbers.value();
    var shifted = arena.allocate(stored.type(), stored.shape());
    for (long i = 0; i < stored.elements(); i++) {
      shifted.set(i, stored.get(i) + offset);
    }
    return Variable.fixed(shifted);
  }

  private boolean isReordered(ParameterSpec spec) {
    return paired && (spec.role() == Role.QUERY || spec.role() == Role.KEY);
  }

  /// Pairs that stand half a head apart in the directory stand together in the file.
  private OutputOrder order(ParameterSpec spec) {
    var from = new int[spec.shape().size(0)];
    for (int i = 0; i < from.length; i++) {
      from[i] = fromPaired(i);
    }
    return new OutputOrder(kernels, arena, from);
  }

  private int fromPaired(int i) {
    int headSize = config.attention().headSize();
    int index = i % headSize;
    return i - index + index / 2 + index % 2 * (headSize / 2);
  }
}
