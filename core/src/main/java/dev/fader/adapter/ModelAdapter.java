package dev.fader.adapter;

import dev.fader.grad.Projection;
import dev.fader.grad.Variable;
import dev.fader.kernel.Kernels;
import dev.fader.tensor.TensorArena;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.Function;

/// All that one adapter changes in a model.
///
/// @param projections by the name of the module whose weight it is: `model.layers.0.mlp.up_proj`
/// @param embeddings of the tokens, in the order in which they are applied
/// @param embeddingModule the name of the module of the embedding
/// @param replaced entries of the parameter table that have other numbers, by their names there
/// @param virtualTokens rows that every text begins with, before its tokens: (tokens, width)
public record ModelAdapter(
    SequencedMap<String, Adapter> projections,
    List<EmbeddingAdapter> embeddings,
    String embeddingModule,
    SequencedMap<String, Variable> replaced,
    Optional<Variable> virtualTokens) {
  public static final String VIRTUAL_TOKENS = "prompt_embeddings";

  public ModelAdapter {
    projections = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(projections));
    embeddings = List.copyOf(embeddings);
    replaced = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(replaced));
  }

  /// An adapter that only stands beside projections.
  public static ModelAdapter of(SequencedMap<String, Adapter> projections) {
    return new ModelAdapter(projections, List.of(), "", new LinkedHashMap<>(), Optional.empty());
  }

  /// All its parameters by the names of peft's files, without their prefix `base_model.model.`.
  public SequencedMap<String, Variable> parameters() {
    var parameters = new LinkedHashMap<String, Variable>();
    virtualTokens.ifPresent(rows -> parameters.put(VIRTUAL_TOKENS, rows));
    for (var embedding : embeddings) {
      embedding
          .parameters()
          .forEach((name, variable) -> parameters.put(embeddingModule + "." + name, variable));
    }
    projections.forEach((module, adapter) ->
        adapter
            .parameters()
            .forEach((name, variable) -> parameters.put(module + "." + name, variable)));
    parameters.putAll(replaced);
    return parameters;
  }

  /// The number of parameters that are learned.
  public long count() {
    return parameters().values().stream().mapToLong(variable -> variable.value().elements()).sum();
  }

  /// How many virtual tokens stand before a text.
  public int virtualCount() {
    return virtualTokens.map(rows -> rows.value().shape().size(0)).orElse(0);
  }

  /// This adapter for many passes over numbers that do not change: what only depends on parameters
  /// is computed now, into `arena`.
  ///
  /// @param bases the projection of each module
  public ModelAdapter prepared(
      Kernels kernels, Function<String, Projection> bases, TensorArena arena) {
    var prepared = new LinkedHashMap<String, Adapter>();
    projections.forEach((module, adapter) ->
        prepared.put(module, adapter.prepared(kernels, bases.apply(module), arena)));
    return new ModelAdapter(prepared, embeddings, embeddingModule, replaced, virtualTokens);
  }

  /// This adapter with its effect multiplied by `factor`.
  ///
  /// @throws AdapterException if something in it has nothing to multiply
  public ModelAdapter scaled(float factor) {
    if (factor == 1) {
      return this;
    }
    if (virtualTokens.isPresent() || !replaced.isEmpty()) {
      throw AdapterException.notScalable(
          virtualTokens.isPresent() ? "virtual tokens" : "an adapter that replaces weights",
          factor);
    }
    var scaled = new LinkedHashMap<String, Adapter>();
    projections.forEach((module, adapter) -> scaled.put(module, adapter.scaled(factor)));
    return new ModelAdapter(
        scaled,
        embeddings.stream().map(embedding -> embedding.scaled(factor)).toList(),
        embeddingModule,
        replaced,
        virtualTokens);
  }
}
