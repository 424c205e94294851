package dev.fader.model.adapter;

import dev.fader.adapter.AdapterException;
import dev.fader.adapter.EmbeddingAdapter;
import dev.fader.adapter.MergedProjection;
import dev.fader.adapter.ModelAdapter;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.model.ModelConfig;
import dev.fader.model.ParameterSpec;
import dev.fader.model.Parameters;
import dev.fader.model.Role;
import dev.fader.tensor.DType;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;

/// Adapters put into the weights of their model: what they change is copied in float32, the rest
/// stays where it is.
@SuppressWarnings("exports") // kernel types, which are exported only to Fader's modules
public final class AdapterMerge {
  private final Parameters base;
  private final Parameters replaced; // the base with what adapters hold whole
  private final Kernels kernels;
  private final TensorArena arena;
  private final BooleanSupplier stop;
  private final Map<String, ParameterSpec> weights = new HashMap<>(); // by module
  private final SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();
  private final LinkedHashMap<String, Tensor> copies = new LinkedHashMap<>();
  private ModelConfig config;

  /// What adapters are added up with.
  ///
  /// @param arena for the weights that change
  /// @param stop says when nobody waits for it any more
  public record Means(Kernels kernels, TensorArena arena, BooleanSupplier stop) {}

  private AdapterMerge(Parameters base, List<ModelAdapter> adapters, Means means) {
    this.base = base;
    this.replaced = base.adapted(adapters);
    this.kernels = means.kernels;
    this.arena = means.arena;
    this.stop = means.stop;
    this.config = base.config();
    for (var spec : base.specs()) {
      if (!spec.bias()) {
        weights.put(spec.module(), spec);
      }
    }
    replaced.entries().forEach((name, variable) -> tensors.put(name, variable.value()));
  }

  /// A table in which `adapters` are part of the weights, one after the other. A tied head is taken
  /// from the embedding if only that was changed; the configuration of the table says so.
  ///
  /// @param arena for the weights that change
  /// @throws AdapterException if one does not fit the model, or weights cannot hold it
  public static Parameters merged(
      Parameters base, List<ModelAdapter> adapters, Kernels kernels, TensorArena arena) {
    return merged(base, adapters, new Means(kernels, arena, () -> false));
  }

  /// The same until nobody waits for it any more, which is asked before each matrix.
  ///
  /// @throws CancellationException if nobody does
  /// @throws AdapterException as the other says
  public static Parameters merged(Parameters base, List<ModelAdapter> adapters, Means means) {
    var merge = new AdapterMerge(base, adapters, means);
    for (var adapter : adapters) {
      merge.add(adapter);
    }
    return Parameters.fixed(merge.config, merge.tensors);
  }

  private void requireWanted() {
    if (stop.getAsBoolean()) {
      throw new CancellationException("nobody waits for it any more");
    }
  }

  private void add(ModelAdapter adapter) {
    if (adapter.virtualTokens().isPresent()) {
      throw new AdapterException(
          "virtual tokens cannot become part of the weights: use the adapter beside the model");
    }
    adapter
        .projections()
        .forEach((module, one) -> {
          requireWanted();
          var merged = projection(module);
          one.merge(merged);
          var spec = weight(module);
          if (merged.bias().isPresent()) {
            keepBias(spec, merged.bias().get());
          }
        });
    adapter
        .experts()
        .forEach((name, one) -> {
          var merge = new ExpertMerge(name, one);
          for (var spec : base.specs()) {
            if (merge.changes(spec)) {
              requireWanted();
              var experts = config.feedForward().experts(spec.layer()).orElseThrow();
              merge.add(spec, copy(spec.name()), experts, kernels);
            }
          }
        });
    for (var embedding : adapter.embeddings()) {
      switch (embedding) {
        case EmbeddingAdapter.LowRank lowRank -> addToEmbedding(lowRank);
        case EmbeddingAdapter.TrainableTokens rows -> putIntoEmbedding(rows);
      }
    }
  }

  private ParameterSpec weight(String module) {
    var spec = weights.get(module);
    if (spec == null) {
      throw new AdapterException(
          "the adapter changes '%s', which this model does not have: is it for another model?"
              .formatted(module));
    }
    return spec;
  }

  private MergedProjection projection(String module) {
    var spec = weight(module);
    var bias =
        base.specs().stream()
            .filter(entry -> entry.bias() && entry.module().equals(module))
            .findFirst()
            .map(entry -> copy(entry.name()));
    return new MergedProjection(
        kernels,
        arena,
        new MergedProjection.Stored(copy(spec.name()), replaced.projection(module)),
        bias);
  }

  private Tensor copy(String name) {
    var known = copies.get(name);
    if (known != null) {
      return known;
    }
    var source = Objects.requireNonNull(tensors.get(name), name);
    var copy = arena.allocate(DType.FLOAT32, source.shape()).copyFrom(source);
    copies.put(name, copy);
    tensors.put(name, copy);
    return copy;
  }

  private void keepBias(ParameterSpec weight, Tensor bias) {
    String name = config.names().name(weight.role(), weight.layer(), weight.expert(), true);
    if (!tensors.containsKey(name)) {
      throw new AdapterException(
          "'%s' has no bias in this model, and the adapter adds one: use it beside the model"
              .formatted(weight.module()));
    }
    tensors.put(name, bias);
  }

  private void addToEmbedding(EmbeddingAdapter.LowRank adapter) {
    untie();
    var table = Matrix.of(copy(embedding()));
    var down = Matrix.of(adapter.down().value()); // (rank, vocabulary)
    var up = Matrix.of(adapter.up().value()); // (width, rank)
    for (int token = 0; token < table.rows(); token++) {
      requireWanted();
      for (int column = 0; column < table.columns(); column++) {
        double sum = 0;
        for (int k = 0; k < down.rows(); k++) {
          sum += (double) up.get(column, k) * down.get(k, token);
        }
        table.set(token, column, (float) (table.get(token, column) + adapter.scale() * sum));
      }
    }
  }

  private void putIntoEmbedding(EmbeddingAdapter.TrainableTokens adapter) {
    putRows(adapter, copy(embedding()));
    if (base.config().embedding().tied() && !config.embedding().tied()) {
      putRows(adapter, copy(config.names().name(Role.HEAD, 0, 0, false)));
    }
  }

  private static void putRows(EmbeddingAdapter.TrainableTokens adapter, Tensor table) {
    for (int i = 0; i < adapter.ids().size(); i++) {
      table.slice(adapter.ids().get(i), 1).copyFrom(adapter.rows().value().slice(i, 1));
    }
  }

  private String embedding() {
    return config.names().name(Role.TOKEN_EMBEDDING, 0, 0, false);
  }

  /// The head keeps the numbers that the embedding had.
  private void untie() {
    var embedding = config.embedding();
    if (!embedding.tied()) {
      return;
    }
    tensors.put(
        config.names().name(Role.HEAD, 0, 0, false),
        Objects.requireNonNull(tensors.get(embedding()), embedding()));
    copies.remove(embedding());
    config = config.withEmbedding(embedding.withTied(false));
  }
}
