package dev.fader.adapter;

import dev.fader.grad.Invocation;
import dev.fader.grad.Projection;
import dev.fader.grad.Tape;
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
/// @param virtualTokens what every text begins with, before its tokens
/// @param experts by the name that transformers has for the parameter of all experts of a layer:
///   `model.layers.0.mlp.experts.gate_up_proj`
public record ModelAdapter(
    SequencedMap<String, Adapter> projections,
    List<EmbeddingAdapter> embeddings,
    String embeddingModule,
    SequencedMap<String, Variable> replaced,
    Optional<VirtualTokens> virtualTokens,
    SequencedMap<String, ExpertAdapter> experts) {
  /// The parameters of gate and up, which stand one behind the other, and of down.
  public static final String GATE_UP = "gate_up_proj";

  public static final String DOWN = "down_proj";

  /// Tokens that only an adapter knows.
  ///
  /// @param rows (tokens, width), or (tokens, layers * 2 * width of keys) if `keysValues`
  /// @param keysValues whether the rows are keys and values of each layer, in turn, as after
  ///   rotation (prefix tuning, Li and Liang 2021, arXiv:2101.00190), and not embeddings (prompt
  ///   tuning, Lester et al. 2021, arXiv:2104.08691)
  /// @param encoder what makes embeddings of the rows, while they learn
  public record VirtualTokens(Variable rows, boolean keysValues, Optional<PromptEncoder> encoder) {
    /// The embeddings of the tokens: (tokens, width).
    public Variable embeddings(Tape tape) {
      return encoder.isPresent() ? encoder.get().encode(tape, rows) : rows;
    }
  }

  public static final String VIRTUAL_TOKENS = "prompt_embeddings";

  public ModelAdapter {
    projections = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(projections));
    embeddings = List.copyOf(embeddings);
    replaced = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(replaced));
    experts = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(experts));
  }

  /// An adapter without experts.
  public ModelAdapter(
      SequencedMap<String, Adapter> projections,
      List<EmbeddingAdapter> embeddings,
      String embeddingModule,
      SequencedMap<String, Variable> replaced,
      Optional<VirtualTokens> virtualTokens) {
    this(projections, embeddings, embeddingModule, replaced, virtualTokens, new LinkedHashMap<>());
  }

  /// A copy with other adapters beside projections and experts.
  public ModelAdapter with(
      SequencedMap<String, Adapter> others, SequencedMap<String, ExpertAdapter> otherExperts) {
    return new ModelAdapter(
        others, embeddings, embeddingModule, replaced, virtualTokens, otherExperts);
  }

  /// A copy with other entries of the table.
  public ModelAdapter withReplaced(SequencedMap<String, Variable> others) {
    return new ModelAdapter(
        projections, embeddings, embeddingModule, others, virtualTokens, experts);
  }

  /// An adapter that only stands beside projections.
  public static ModelAdapter of(SequencedMap<String, Adapter> projections) {
    return new ModelAdapter(projections, List.of(), "", new LinkedHashMap<>(), Optional.empty());
  }

  /// All its parameters by the names of peft's files, without their prefix `base_model.model.`.
  public SequencedMap<String, Variable> parameters() {
    var parameters = new LinkedHashMap<String, Variable>();
    virtualTokens.ifPresent(tokens -> parameters.put(VIRTUAL_TOKENS, tokens.rows));
    virtualTokens
        .flatMap(VirtualTokens::encoder)
        .ifPresent(encoder -> parameters.putAll(encoder.parameters()));
    for (var embedding : embeddings) {
      embedding
          .parameters()
          .forEach((name, variable) -> parameters.put(embeddingModule + "." + name, variable));
    }
    projections.forEach((module, adapter) ->
        adapter
            .parameters()
            .forEach((name, variable) -> parameters.put(module + "." + name, variable)));
    experts.forEach((name, adapter) ->
        adapter
            .parameters()
            .forEach((part, variable) -> parameters.put(name + "." + part, variable)));
    parameters.putAll(replaced);
    return parameters;
  }

  /// The number of parameters that are learned.
  public long count() {
    return parameters().values().stream().mapToLong(variable -> variable.value().elements()).sum();
  }

  /// How many virtual tokens stand before a text.
  public int virtualCount() {
    return virtualTokens.map(tokens -> tokens.rows.value().shape().size(0)).orElse(0);
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
    var preparedExperts = new LinkedHashMap<String, ExpertAdapter>();
    experts.forEach((name, adapter) -> preparedExperts.put(name, adapter.prepared(kernels, arena)));
    return with(prepared, preparedExperts);
  }

  /// This adapter for passes in which each row says how strongly it uses it.
  ///
  /// @param number among the adapters that rows choose from
  /// @throws AdapterException if rows cannot choose it
  public ModelAdapter switched(int number) {
    if (virtualTokens.isPresent()) {
      throw SwitchedAdapter.refusal("virtual tokens");
    }
    if (!replaced.isEmpty() || !embeddings.isEmpty() || !experts.isEmpty()) {
      throw SwitchedAdapter.refusal(
          "weights, embeddings or experts beside what it adds to projections");
    }
    var switched = new LinkedHashMap<String, Adapter>();
    projections.forEach(
        (module, adapter) -> switched.put(module, SwitchedAdapter.of(adapter, number)));
    return of(switched);
  }

  /// What calls it, if it acts only from there on.
  public Optional<Invocation> invocation() {
    for (var adapter : projections.values()) {
      if (adapter instanceof InvokedAdapter invoked) {
        return Optional.of(invoked.invocation());
      }
    }
    return Optional.empty();
  }

  /// This adapter under another number among those that rows use or not.
  public ModelAdapter numbered(int number) {
    var numbered = new LinkedHashMap<String, Adapter>();
    projections.forEach((module, adapter) ->
        numbered.put(
            module,
            adapter instanceof InvokedAdapter invoked ? invoked.numbered(number) : adapter));
    return with(numbered, experts);
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
    var scaledExperts = new LinkedHashMap<String, ExpertAdapter>();
    experts.forEach((name, adapter) -> scaledExperts.put(name, adapter.scaled(factor)));
    return new ModelAdapter(
        scaled,
        embeddings.stream().map(embedding -> embedding.scaled(factor)).toList(),
        embeddingModule,
        replaced,
        virtualTokens,
        scaledExperts);
  }
}
