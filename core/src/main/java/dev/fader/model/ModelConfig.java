package dev.fader.model;

import static dev.fader.model.ModelConfigChecks.positive;
import static dev.fader.model.ModelConfigChecks.require;

import dev.fader.kernel.row.Activation;
import dev.fader.kernel.row.Normalization;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// The architecture of a decoder-only language model. Immutable and validated: every instance can
/// be built.
///
/// @param names names and storage of the parameters, by family
/// @param vocabularySize distinct token ids
/// @param context the maximum sequence length in tokens
/// @param width the hidden size
/// @param layers decoder layers
/// @param sharedLayers how many consecutive layers use one set of parameters, 1 for none (ALBERT,
///   Lan et al. 2019)
/// @param initializerRange standard deviation of the initial weights
@SuppressWarnings("exports") // kernel types, which are exported only to Fader's modules
public record ModelConfig(
    ParameterNames names,
    int vocabularySize,
    int context,
    int width,
    int layers,
    int sharedLayers,
    Attention attention,
    FeedForward feedForward,
    Norm norm,
    Positions positions,
    Embedding embedding,
    SpecialTokens specialTokens,
    double initializerRange) {

  /// Which parts of queries and keys are normalized before the rotation.
  public enum QueryKeyNorm {
    NONE,
    /// Each head separately (Qwen 3, Gemma 3).
    EACH_HEAD,
    /// All heads together (OLMo 2).
    ALL_HEADS
  }

  /// How attention scores become weights.
  ///
  /// @param scale factor of the scores, usually `1 / sqrt(headSize)`
  /// @param softCap `c` in `c * tanh(score / c)`, 0 for none (Gemma 2)
  /// @param scaledByLayer whether the scores of layer i are also divided by i + 1
  /// @param sinks whether each head has a learned score that attends to nothing (gpt-oss)
  public record Scores(float scale, float softCap, boolean scaledByLayer, boolean sinks) {
    /// A copy with another factor.
    public Scores withScale(float factor) {
      return new Scores(factor, softCap, scaledByLayer, sinks);
    }

    /// A copy with a soft cap.
    public Scores withSoftCap(float cap) {
      return new Scores(scale, cap, scaledByLayer, sinks);
    }

    /// A copy with the scores of layer i also divided by i + 1, or not.
    public Scores withScaledByLayer(boolean scaled) {
      return new Scores(scale, softCap, scaled, sinks);
    }

    /// A copy with sinks.
    public Scores withSinks() {
      return new Scores(scale, softCap, scaledByLayer, true);
    }
  }

  /// Attention, the same in every layer except for the windows.
  ///
  /// @param heads query heads
  /// @param keyValueHeads key and value heads; each serves `heads / keyValueHeads` query heads
  ///   (GQA, Ainslie et al. 2023)
  /// @param headSize numbers per head
  /// @param inputBias whether the query, key and value projections have a bias; in latent attention
  ///   the projections to the latents
  /// @param outputBias whether the output projection has one
  /// @param queryKeyNorm which parts of queries and keys are normalized
  /// @param windows per layer, how many positions a query sees, including its own; 0 for all
  /// @param latent the low-rank projections of queries, keys and values, if used
  public record Attention(
      int heads,
      int keyValueHeads,
      int headSize,
      boolean inputBias,
      boolean outputBias,
      QueryKeyNorm queryKeyNorm,
      Scores scores,
      List<Integer> windows,
      Optional<LatentAttention> latent) {
    public Attention {
      windows = List.copyOf(windows);
    }

    /// Attention without sinks or latents.
    public Attention(
        int heads,
        int keyValueHeads,
        int headSize,
        boolean inputBias,
        boolean outputBias,
        boolean normalizeHeads,
        float scale,
        float softCap,
        List<Integer> windows) {
      this(
          heads,
          keyValueHeads,
          headSize,
          inputBias,
          outputBias,
          normalizeHeads ? QueryKeyNorm.EACH_HEAD : QueryKeyNorm.NONE,
          new Scores(scale, softCap, false, false),
          windows,
          Optional.empty());
    }

    /// Columns of the queries.
    public int queryWidth() {
      return heads * headSize;
    }

    /// Columns of the keys, and of the values.
    public int keyValueWidth() {
      return keyValueHeads * headSize;
    }

    /// Columns of the input of the output projection.
    public int outputWidth() {
      return heads * latent.map(LatentAttention::valueSize).orElse(headSize);
    }

    /// The head size of the attention kernel, where queries, keys and values have one size; smaller
    /// ones are padded with zeros.
    public int stateSize() {
      return Math.max(headSize, latent.map(LatentAttention::valueSize).orElse(headSize));
    }

    /// The factor of the scores of `layer`.
    public float scale(int layer) {
      return scores.scaledByLayer ? scores.scale / (layer + 1) : scores.scale;
    }

    /// A copy with or without biases.
    public Attention withBias(boolean input, boolean output) {
      return with(input, output, queryKeyNorm, scores, windows, latent);
    }

    /// A copy with other norms of queries and keys.
    public Attention withQueryKeyNorm(QueryKeyNorm norm) {
      return with(inputBias, outputBias, norm, scores, windows, latent);
    }

    /// A copy with other scores.
    public Attention withScores(Scores other) {
      return with(inputBias, outputBias, queryKeyNorm, other, windows, latent);
    }

    /// A copy with other windows, one per layer.
    public Attention withWindows(List<Integer> perLayer) {
      return with(inputBias, outputBias, queryKeyNorm, scores, perLayer, latent);
    }

    /// A copy with latent attention.
    public Attention withLatent(LatentAttention narrow) {
      return with(inputBias, outputBias, queryKeyNorm, scores, windows, Optional.of(narrow));
    }

    private Attention with(
        boolean input,
        boolean output,
        QueryKeyNorm norm,
        Scores other,
        List<Integer> perLayer,
        Optional<LatentAttention> narrow) {
      return new Attention(
          heads, keyValueHeads, headSize, input, output, norm, other, perLayer, narrow);
    }
  }

  /// The feed-forward network of every layer.
  ///
  /// @param width its hidden size
  /// @param gated whether a second projection multiplies the activated one (GLU variants, Shazeer
  ///   2020)
  /// @param bias whether its projections have a bias, including the router's and the experts'
  /// @param experts in place of the dense network in most layers, if used
  public record FeedForward(
      int width, Activation activation, boolean gated, boolean bias, Optional<Experts> experts) {
    /// A dense network.
    public FeedForward(int width, Activation activation, boolean gated, boolean bias) {
      this(width, activation, gated, bias, Optional.empty());
    }

    /// The experts of `layer`, if it has any.
    public Optional<Experts> experts(int layer) {
      return experts.filter(some -> !some.denseLayers().contains(layer));
    }

    /// A copy with experts.
    public FeedForward withExperts(Experts some) {
      return new FeedForward(width, activation, gated, bias, Optional.of(some));
    }

    /// A copy with another activation.
    public FeedForward withActivation(Activation function, boolean gate) {
      return new FeedForward(width, function, gate, bias, experts);
    }

    /// A copy with or without biases.
    public FeedForward withBias(boolean biases) {
      return new FeedForward(width, activation, gated, biases, experts);
    }
  }

  /// The positions of the norms in a layer.
  public enum Placement {
    /// Before attention and before feed-forward (GPT-2, Llama).
    BEFORE,
    /// Before and after each of them (Gemma 2).
    AROUND,
    /// After each of them, before the residual addition (OLMo 2).
    AFTER,
    /// After each residual addition; the model then has no final norm (GPT, Vaswani et al. 2017).
    AFTER_SUM
  }

  /// Normalization, and what is added to the residual stream.
  ///
  /// @param kind LayerNorm or RMSNorm
  /// @param epsilon added under the root
  /// @param weightOffset added to the stored weight: 1 in Gemma, else 0
  /// @param placement the positions of the norms
  /// @param branchScale factor of the outputs of attention and feed-forward (Granite), usually 1
  public record Norm(
      Normalization.Kind kind,
      float epsilon,
      float weightOffset,
      Placement placement,
      float branchScale) {
    /// Norms before attention and feed-forward, and optionally after them.
    public Norm(Normalization.Kind kind, float epsilon, float weightOffset, boolean after) {
      this(kind, epsilon, weightOffset, after ? Placement.AROUND : Placement.BEFORE, 1);
    }

    /// Whether the inputs of attention and feed-forward are normalized.
    public boolean before() {
      return placement == Placement.BEFORE || placement == Placement.AROUND;
    }

    /// Whether there are norms after attention and feed-forward, or after the residual additions.
    public boolean after() {
      return placement != Placement.BEFORE;
    }

    /// A copy with `offset` added to stored weights.
    public Norm withWeightOffset(float offset) {
      return new Norm(kind, epsilon, offset, placement, branchScale);
    }

    /// A copy with norms in other positions.
    public Norm withPlacement(Placement places) {
      return new Norm(kind, epsilon, weightOffset, places, branchScale);
    }

    /// A copy with the branches multiplied by `factor`.
    public Norm withBranchScale(float factor) {
      return new Norm(kind, epsilon, weightOffset, placement, factor);
    }
  }

  /// Token embedding and head.
  ///
  /// @param tied whether the head shares the weights of the token embedding
  /// @param scale factor of the embeddings: `sqrt(width)` in Gemma, else 1
  /// @param logitSoftCap `c` in `c * tanh(logit / c)`, 0 for none
  /// @param logitScale factor of the head's input (Granite), usually 1
  /// @param columns of both if they are factorised: then a matrix widens the embedding, and another
  ///   narrows the input of the head (OPT); 0 for as many as the model is wide
  public record Embedding(
      boolean tied, float scale, float logitSoftCap, float logitScale, int columns) {
    /// As wide as the model.
    public Embedding(boolean tied, float scale, float logitSoftCap, float logitScale) {
      this(tied, scale, logitSoftCap, logitScale, 0);
    }

    /// Without changes to the logits.
    public Embedding(boolean tied, float scale, float logitSoftCap) {
      this(tied, scale, logitSoftCap, 1);
    }

    /// Whether matrices stand between the tables and the layers.
    public boolean factorized() {
      return columns > 0;
    }

    /// A copy whose head shares the weights, or not.
    public Embedding withTied(boolean shared) {
      return new Embedding(shared, scale, logitSoftCap, logitScale, columns);
    }

    /// A copy that is factorised.
    public Embedding withColumns(int narrow) {
      return new Embedding(tied, scale, logitSoftCap, logitScale, narrow);
    }
  }

  /// Special token ids.
  ///
  /// @param begin begins a text, -1 for none
  /// @param ends each of them ends a text
  public record SpecialTokens(int begin, List<Integer> ends) {
    /// No special tokens.
    public static final SpecialTokens NONE = new SpecialTokens(-1, List.of());

    public SpecialTokens {
      ends = List.copyOf(ends);
    }
  }

  public ModelConfig {
    positive("vocabulary", vocabularySize);
    positive("context", context);
    positive("width", width);
    positive("layers", layers);
    positive("shared layers", sharedLayers);
    positive("heads", attention.heads);
    positive("key-value heads", attention.keyValueHeads);
    positive("head size", attention.headSize);
    positive("feed-forward width", feedForward.width);
    require(
        layers % sharedLayers == 0,
        "%d layers cannot be shared in groups of %d: choose a divisor of %d",
        layers,
        sharedLayers,
        layers);
    require(
        attention.heads % attention.keyValueHeads == 0,
        "%d query heads cannot be divided among %d key-value heads: choose a divisor of %d",
        attention.heads,
        attention.keyValueHeads,
        attention.heads);
    if (positions instanceof Positions.Rotary rotary) {
      ModelConfigChecks.rotary(rotary, attention, layers);
    }
    require(
        feedForward.gated || feedForward.activation != Activation.DOUBLE_RELU,
        "dReLU is ReLU on a gate and on what it multiplies, and the family '%s' has no gate: choose ReLU",
        names.family());
    attention.latent.ifPresent(latent -> ModelConfigChecks.latent(latent, attention));
    feedForward.experts.ifPresent(experts -> ModelConfigChecks.experts(experts, sharedLayers));
    require(
        attention.windows.size() == layers,
        "%d windows are given for %d layers",
        attention.windows.size(),
        layers);
    require(norm.epsilon > 0, "normalisation epsilon %s must be above 0", norm.epsilon);
    require(
        initializerRange >= 0 && Double.isFinite(initializerRange),
        "initializer range %s must be a number of at least 0",
        initializerRange);
    for (int window : attention.windows) {
      require(window >= 0, "window %d is negative", window);
    }
    require(
        norm.branchScale > 0 && embedding.logitScale > 0,
        "multipliers %s and %s must be above 0",
        norm.branchScale,
        embedding.logitScale);
    require(
        embedding.columns >= 0 && embedding.columns != width,
        "embedding columns are %d and the width is %d: a factorised embedding has fewer or more, and one that is not has none given",
        embedding.columns,
        width);
    if (embedding.factorized()) {
      require(
          names.has(Role.EMBEDDING_PROJECTION),
          "the family '%s' has no place for the second matrix of a factorised embedding",
          names.family());
    }
    if (positions instanceof Positions.Learned(int first)) {
      require(first >= 0, "the first position is row %d of its table", first);
      Math.addExact(context, first);
    }
    int stateHeads = Math.addExact(attention.heads, Math.multiplyExact(2, attention.keyValueHeads));
    Math.multiplyExact(stateHeads, attention.stateSize());
  }

  /// Columns of the token embedding, and of what goes into the head: the width, unless they are
  /// factorised.
  public int embeddingWidth() {
    return embedding.factorized() ? embedding.columns : width;
  }

  /// The family, as `model_type` in Hugging Face's `config.json`.
  public String family() {
    return names.family();
  }

  /// The parts of a model that a copy can replace.
  private final class Change {
    private int context = ModelConfig.this.context;
    private Attention attention = ModelConfig.this.attention;
    private FeedForward feedForward = ModelConfig.this.feedForward;
    private Norm norm = ModelConfig.this.norm;
    private Positions positions = ModelConfig.this.positions;
    private Embedding embedding = ModelConfig.this.embedding;
    private SpecialTokens specialTokens = ModelConfig.this.specialTokens;

    ModelConfig apply() {
      return new ModelConfig(
          names,
          vocabularySize,
          context,
          width,
          layers,
          sharedLayers,
          attention,
          feedForward,
          norm,
          positions,
          embedding,
          specialTokens,
          initializerRange);
    }
  }

  private ModelConfig with(Consumer<Change> setting) {
    var change = new Change();
    setting.accept(change);
    return change.apply();
  }

  /// A copy for another maximum sequence length.
  public ModelConfig withContext(int tokens) {
    return with(change -> change.context = tokens);
  }

  /// A copy with other attention.
  public ModelConfig withAttention(Attention other) {
    return with(change -> change.attention = other);
  }

  /// A copy with another feed-forward network.
  public ModelConfig withFeedForward(FeedForward other) {
    return with(change -> change.feedForward = other);
  }

  /// A copy with other norms.
  public ModelConfig withNorm(Norm other) {
    return with(change -> change.norm = other);
  }

  /// A copy with other positions.
  public ModelConfig withPositions(Positions other) {
    return with(change -> change.positions = other);
  }

  /// A copy with another embedding or head.
  public ModelConfig withEmbedding(Embedding other) {
    return with(change -> change.embedding = other);
  }

  /// A copy with other special tokens.
  public ModelConfig withSpecialTokens(SpecialTokens tokens) {
    return with(change -> change.specialTokens = tokens);
  }

  /// A copy with the experts of each layer stacked in one tensor per role: the same numbers in
  /// fewer entries.
  public ModelConfig withStackedExperts() {
    var experts = feedForward.experts();
    return experts.isPresent() && experts.get().layout() == Experts.Layout.SEPARATE
        ? withFeedForward(feedForward.withExperts(experts.get().withLayout(Experts.Layout.STACKED)))
        : this;
  }
}
