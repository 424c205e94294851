package dev.fader.model.adapter;

import dev.fader.adapter.AdapterException;
import dev.fader.adapter.DecomposedAdapter;
import dev.fader.adapter.EmbeddingAdapter.LowRank;
import dev.fader.adapter.InvokedAdapter;
import dev.fader.adapter.LowRankAdapter;
import dev.fader.adapter.LowRankDifference;
import dev.fader.format.FormatException;
import dev.fader.grad.Invocation;
import dev.fader.model.adapter.BaseModule.Kind;
import dev.fader.tensor.Shape;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/// LoRA (Hu et al. 2021, arXiv:2106.09685) and what belongs to it.
///
/// @param ranks of the factors
/// @param variant what is done with them
/// @param init what they begin with
/// @param tokens whose rows of the embedding are learned whole; none for none
/// @param parameters of all experts of a layer that are changed, by the ends of their names in
///   transformers: `mlp.experts.gate_up_proj`
/// @param invocation the tokens from which on it acts (aLoRA); none for everywhere
public record LoraMethod(
    Ranks ranks,
    Variant variant,
    LoraInit init,
    List<Integer> tokens,
    List<String> parameters,
    List<Integer> invocation)
    implements AdapterMethod {
  private static final String INVOCATION = "alora_invocation_tokens";
  private static final String ALPHA = "lora_alpha";
  private static final String PARAMETERS = "target_parameters";

  /// What is done with the factors.
  ///
  /// @param rootOfRank whether the scale is `alpha / sqrt(rank)` (rsLoRA, arXiv:2312.03732)
  /// @param decomposed whether lengths are learned apart (DoRA, arXiv:2402.09353)
  /// @param bias whether B has a bias
  /// @param dropout of what A reads while training
  public record Variant(boolean rootOfRank, boolean decomposed, boolean bias, float dropout) {
    /// Plain LoRA.
    public static final Variant PLAIN = new Variant(false, false, false, 0);
  }

  public LoraMethod {
    tokens = List.copyOf(tokens);
    parameters = List.copyOf(parameters);
    invocation = List.copyOf(invocation);
    if (!invocation.isEmpty()
        && (variant.decomposed
            || variant.bias
            || init.takesFromWeight()
            || !tokens.isEmpty()
            || !parameters.isEmpty())) {
      throw new AdapterException(
          "`alora_invocation_tokens` is for plain LoRA of projections: leave out `use_dora`, `lora_bias`, `trainable_token_indices`, `target_parameters`, and what begins as a part of the weight");
    }
    if (init.followsFromWeights() && (variant.decomposed || !parameters.isEmpty())) {
      throw new AdapterException(
          "factors that follow from weights are not for %s: begin it with another `init_lora_weights`"
              .formatted(variant.decomposed ? "DoRA" : "experts' parameters"));
    }
    if (init.takesFromWeight() && variant.bias) {
      throw new AdapterException(
          "`lora_bias` is not for factors that begin as a part of the weight: leave it out");
    }
    if (init.kind() == LoraInit.Kind.ORTHOGONAL) {
      requireEven(ranks.rank());
      ranks.rankOf().values().forEach(LoraMethod::requireEven);
    }
  }

  private static void requireEven(int rank) {
    if (rank % 2 != 0) {
      throw new AdapterException(
          "orthogonal factors need an even rank, and it is %d".formatted(rank));
    }
  }

  /// The same everywhere.
  public LoraMethod(
      Ranks ranks, Variant variant, LoraInit init, List<Integer> tokens, List<String> parameters) {
    this(ranks, variant, init, tokens, parameters, List.of());
  }

  /// A copy that acts from these tokens on, where they occur last in a text, and not before.
  ///
  /// @param ids none for everywhere
  /// @throws AdapterException if the rest is more than LoRA of projections
  public LoraMethod withInvocation(List<Integer> ids) {
    return new LoraMethod(ranks, variant, init, tokens, parameters, ids);
  }

  /// The same beside no experts.
  public LoraMethod(Ranks ranks, Variant variant, LoraInit init, List<Integer> tokens) {
    this(ranks, variant, init, tokens, List.of());
  }

  /// Plain LoRA with its usual beginning.
  public static LoraMethod of(int rank, double alpha) {
    return new LoraMethod(Ranks.of(rank, alpha), Variant.PLAIN, LoraInit.USUAL, List.of());
  }

  static LoraMethod read(AdapterFields fields) throws FormatException {
    return new LoraMethod(
        Ranks.read(fields, ALPHA),
        new Variant(
            fields.flag("use_rslora"),
            fields.flag("use_dora"),
            fields.flag("lora_bias"),
            fields.dropout("lora_dropout")),
        LoraInit.read(fields),
        TokensMethod.read(fields, "trainable_token_indices"),
        fields.texts(PARAMETERS),
        fields.integers(INVOCATION));
  }

  void write(ObjectNode json) {
    ranks.write(json, ALPHA);
    json.put("use_rslora", variant.rootOfRank)
        .put("use_dora", variant.decomposed)
        .put("lora_bias", variant.bias)
        .put("lora_dropout", variant.dropout);
    init.write(json);
    if (!tokens.isEmpty()) {
      var array = json.putArray("trainable_token_indices");
      tokens.forEach(array::add);
    }
    if (!invocation.isEmpty()) {
      var array = json.putArray(INVOCATION);
      invocation.forEach(array::add);
    }
    if (!parameters.isEmpty()) {
      var array = json.putArray(PARAMETERS);
      parameters.forEach(array::add);
    }
  }

  float scale(String module) {
    double rank = ranks.rank(module);
    return (float) (ranks.alpha(module) / (variant.rootOfRank ? Math.sqrt(rank) : rank));
  }

  void build(AdapterBuilder builder) {
    int vocabulary = builder.model().vocabularySize();
    for (int id : invocation) {
      if (id < 0 || id >= vocabulary) {
        throw new AdapterException(
            "token %d of `alora_invocation_tokens` calls the adapter, and the model has tokens below %d: is the adapter for another model?"
                .formatted(id, vocabulary));
      }
    }
    for (var module : builder.targets()) {
      if (module.kind() == Kind.EMBEDDING) {
        addEmbedding(builder, module);
      } else {
        builder.requireProjection(
            module, !variant.decomposed && !variant.bias && invocation.isEmpty());
        addProjection(builder, module);
      }
    }
    if (!tokens.isEmpty()) {
      TokensMethod.add(builder, tokens, TokensMethod.OF_LORA);
    }
    if (!parameters.isEmpty()) {
      ExpertParameters.add(builder, this);
    }
  }

  private void addProjection(AdapterBuilder builder, BaseModule module) {
    long in = module.inputs(builder.model());
    long out = module.outputs(builder.model());
    int rank = ranks.rank(module.name());
    if (variant.bias && module.bias().isEmpty()) {
      throw new AdapterException(
          "`lora_bias` is true, and '%s' has no bias that it could be added to"
              .formatted(module.name()));
    }
    var lowRank =
        new LowRankAdapter(
            builder.learned(
                module, LowRankAdapter.DOWN, Shape.of(rank, in), init.down(module, in, rank)),
            builder.learnedOutputs(
                module, LowRankAdapter.UP, Shape.of(out, rank), init.up(module, rank)),
            variant.bias
                ? Optional.of(
                    builder.learnedOutputs(
                        module, LowRankAdapter.BIAS, Shape.of(out), InitialValue.ZERO))
                : Optional.empty(),
            scale(module.name()),
            variant.dropout);
    if (init.takesFromWeight()) {
      var numbers = builder.numbers();
      builder.beside(
          module,
          new LowRankDifference(
              lowRank, numbers.scratch(Shape.of(rank, in)), numbers.scratch(Shape.of(out, rank))));
      return;
    }
    if (!invocation.isEmpty()) {
      builder.beside(module, new InvokedAdapter(lowRank, new Invocation(invocation), 0));
      return;
    }
    if (!variant.decomposed) {
      builder.beside(module, lowRank);
      return;
    }
    var magnitude =
        builder.learnedOutputs(
            module, DecomposedAdapter.MAGNITUDE, Shape.of(out), new InitialValue.Lengths());
    builder.beside(
        module,
        new DecomposedAdapter(lowRank, magnitude, builder.numbers().scratch(Shape.of(out))));
  }

  private void addEmbedding(AdapterBuilder builder, BaseModule module) {
    if (!invocation.isEmpty()) {
      throw new AdapterException(
          "`alora_invocation_tokens` is not for the embedding '%s': leave it out of `target_modules`"
              .formatted(module.name()));
    }
    if (init.followsFromWeights()) {
      throw new AdapterException(
          "factors that follow from weights are not for the embedding '%s': leave it out of `target_modules`"
              .formatted(module.name()));
    }
    if (variant.decomposed || variant.bias) {
      throw new AdapterException(
          "`use_dora` and `lora_bias` are not supported for the embedding '%s': leave it out of `target_modules`"
              .formatted(module.name()));
    }
    int rank = ranks.rank(module.name());
    long vocabulary = module.outputs(builder.model());
    long width = module.inputs(builder.model());
    var down = builder.learned(module, LowRank.DOWN, Shape.of(rank, vocabulary), InitialValue.ZERO);
    var up = builder.learned(module, LowRank.UP, Shape.of(width, rank), new InitialValue.Normal(1));
    builder.embedding(new LowRank(down, up, scale(module.name())));
  }
}
