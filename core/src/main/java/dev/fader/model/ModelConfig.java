package dev.fader.model;

import static dev.fader.model.ModelConfigChecks.positive;
import static dev.fader.model.ModelConfigChecks.require;

import dev.fader.kernel.row.Activation;
import dev.fader.kernel.row.Normalization;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// What a decoder-only language model is, apart from its numbers. Immutable and checked: a
/// configuration that exists can be built.
///
/// @param names what its parameters are called and how they are stored, which is its family's
///   choice
/// @param vocabularySize distinct token ids
/// @param context the longest sequence, in tokens
/// @param width numbers per token between the layers
/// @param layers decoder layers
/// @param sharedLayers how many consecutive layers use one set of parameters, 1 for none (ALBERT,
///   Lan et al. 2019)
/// @param initializerRange standard deviation of the initial weights
@SuppressWarnings("exports") // of what computes, which only Fader's own modules see
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

  /// What is normalised of queries and keys before the rotation.
  public enum QueryKeyNorm {
    NONE,
    /// Each head on its own (Qwen 3, Gemma 3).
    EACH_HEAD,
    /// All heads together (OLMo 2).
    ALL_HEADS
  }

  /// How attention scores become weights.
  ///
  /// @param scale what scores are multiplied with, usually `1 / sqrt(headSize)`
  /// @param softCap `c` in `c * tanh(score / c)`, 0 for none (Gemma 2)
  /// @param scaledByLayer whether the scores of layer i are also divided by i + 1
  /// @param sinks whether each head has a score that attends to nothing (gpt-oss)
  public record Scores(float scale, float softCap, boolean scaledByLayer, boolean sinks) {
    /// The same multiplied with `factor` instead.
    public Scores withScale(float factor) {
      return new Scores(factor, softCap, scaledByLayer, sinks);
    }

    /// The same capped at `cap`.
    public Scores withSoftCap(float cap) {
      return new Scores(scale, cap, scaledByLayer, sinks);
    }

    /// The same with the scores of layer i also divided by i + 1, or not.
    public Scores withScaledByLayer(boolean scaled) {
      return new Scores(scale, softCap, scaled, sinks);
    }

    /// The same with sinks.
    public Scores withSinks() {
      return new Scores(scale, softCap, scaledByLayer, true);
    }
  }

  /// The attention of every layer.
  ///
  /// @param heads query heads
  /// @param keyValueHeads key and value heads; each serves `heads / keyValueHeads` query heads
  ///   (GQA, Ainslie et al. 2023)
  /// @param headSize numbers per head
  /// @param inputBias whether the query, key and value projections have a bias; of latent
  ///   attention, those that narrow
  /// @param outputBias whether the output projection has one
  /// @param queryKeyNorm what is normalised of queries and keys
  /// @param windows per layer, how many positions back a query sees, itself included; 0 for all
  /// @param latent the narrow projections that queries, keys and values go through, if they do
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

    /// Attention without sinks, and nothing latent.
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

    /// Columns that the output projection reads.
    public int outputWidth() {
      return heads * latent.map(LatentAttention::valueSize).orElse(headSize);
    }

    /// Columns of a head in attention itself, where queries, keys and values are of one size: what
    /// is smaller is padded with zeros.
    public int stateSize() {
      return Math.max(headSize, latent.map(LatentAttention::valueSize).orElse(headSize));
    }

    /// What the scores of `layer` are multiplied with.
    public float scale(int layer) {
      return scores.scaledByLayer ? scores.scale / (layer + 1) : scores.scale;
    }

    /// The same with biases or without.
    public Attention withBias(boolean input, boolean output) {
      return with(input, output, queryKeyNorm, scores, windows, latent);
    }

    /// The same with other norms of queries and keys.
    public Attention withQueryKeyNorm(QueryKeyNorm norm) {
      return with(inputBias, outputBias, norm, scores, windows, latent);
    }

    /// The same with other scores.
    public Attention withScores(Scores other) {
      return with(inputBias, outputBias, queryKeyNorm, other, windows, latent);
    }

    /// The same with other windows, one per layer.
    public Attention withWindows(List<Integer> perLayer) {
      return with(inputBias, outputBias, queryKeyNorm, scores, perLayer, latent);
    }

    /// The same through narrow projections.
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
  /// @param width its hidden width
  /// @param gated whether a second projection multiplies the activated one (GLU variants, Shazeer
  ///   2020)
  /// @param bias whether its projections have a bias, the router's and the experts' too
  /// @param experts what stands in its place in most layers, if anything does
  public record FeedForward(
      int width, Activation activation, boolean gated, boolean bias, Optional<Experts> experts) {
    /// One without experts.
    public FeedForward(int width, Activation activation, boolean gated, boolean bias) {
      this(width, activation, gated, bias, Optional.empty());
    }

    /// The experts of `layer`, if it has any.
    public Optional<Experts> experts(int layer) {
      return experts.filter(some -> !some.denseLayers().contains(layer));
    }

    /// The same with experts.
    public FeedForward withExperts(Experts some) {
      return new FeedForward(width, activation, gated, bias, Optional.of(some));
    }

    /// The same with another activation.
    public FeedForward withActivation(Activation function, boolean gate) {
      return new FeedForward(width, function, gate, bias, experts);
    }

    /// The same with biases or without.
    public FeedForward withBias(boolean biases) {
      return new FeedForward(width, activation, gated, biases, experts);
    }
  }

  /// Where the norms of a layer stand.
  public enum Placement {
    /// Before attention and before feed-forward (GPT-2, Llama).
    BEFORE,
    /// Before and after each of them (Gemma 2).
    AROUND,
    /// After each of them, before it is added (OLMo 2).
    AFTER,
    /// After each sum; the model then has no last norm (GPT, Vaswani et al. 2017).
    AFTER_SUM
  }

  /// How activations are normalised, and what layers add to the residual stream.
  ///
  /// @param kind over mean and variance, or over the root of the mean square only
  /// @param epsilon what is added under the root
  /// @param weightOffset what is added to the stored weight: 1 in Gemma, else 0
  /// @param placement where the norms stand
  /// @param branchScale what the results of attention and feed-forward are multiplied with before
  ///   they are added (Granite), usually 1
  public record Norm(
      Normalization.Kind kind,
      float epsilon,
      float weightOffset,
      Placement placement,
      float branchScale) {
    /// Norms before attention and feed-forward, and after them or not.
    public Norm(Normalization.Kind kind, float epsilon, float weightOffset, boolean after) {
      this(kind, epsilon, weightOffset, after ? Placement.AROUND : Placement.BEFORE, 1);
    }

    /// Whether attention and feed-forward read normalised rows.
    public boolean before() {
      return placement == Placement.BEFORE || placement == Placement.AROUND;
    }

    /// Whether norms stand behind attention and feed-forward, or behind the sums.
    public boolean after() {
      return placement != Placement.BEFORE;
    }

    /// The same with `offset` added to stored weights.
    public Norm withWeightOffset(float offset) {
      return new Norm(kind, epsilon, offset, placement, branchScale);
    }

    /// The same norms in other places.
    public Norm withPlacement(Placement places) {
      return new Norm(kind, epsilon, weightOffset, places, branchScale);
    }

    /// The same with results multiplied by `factor`.
    public Norm withBranchScale(float factor) {
      return new Norm(kind, epsilon, weightOffset, placement, factor);
    }
  }

  /// The two ends of the model.
  ///
  /// @param tied whether the head is the token embedding
  /// @param scale what embeddings are multiplied with: `sqrt(width)` in Gemma, else 1
  /// @param logitSoftCap `c` in `c * tanh(logit / c)`, 0 for none
  /// @param logitScale what the head's input is multiplied with (Granite), usually 1
  public record Embedding(boolean tied, float scale, float logitSoftCap, float logitScale) {
    /// With logits as they are.
    public Embedding(boolean tied, float scale, float logitSoftCap) {
      this(tied, scale, logitSoftCap, 1);
    }
  }

  /// Token ids with a meaning.
  ///
  /// @param begin starts a text, -1 if there is none
  /// @param ends each ends one
  public record SpecialTokens(int begin, List<Integer> ends) {
    /// No such tokens.
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
    int stateHeads = Math.addExact(attention.heads, Math.multiplyExact(2, attention.keyValueHeads));
    Math.multiplyExact(stateHeads, attention.stateSize());
  }

  /// The family, as `model_type` in Hugging Face's `config.json`.
  public String family() {
    return names.family();
  }

  /// What of a model can be another's.
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

  /// The same model for sequences of another length.
  public ModelConfig withContext(int tokens) {
    return with(change -> change.context = tokens);
  }

  /// The same model with other attention.
  public ModelConfig withAttention(Attention other) {
    return with(change -> change.attention = other);
  }

  /// The same model with another feed-forward network.
  public ModelConfig withFeedForward(FeedForward other) {
    return with(change -> change.feedForward = other);
  }

  /// The same model with other norms.
  public ModelConfig withNorm(Norm other) {
    return with(change -> change.norm = other);
  }

  /// The same model with other positions.
  public ModelConfig withPositions(Positions other) {
    return with(change -> change.positions = other);
  }

  /// The same model with another embedding or head.
  public ModelConfig withEmbedding(Embedding other) {
    return with(change -> change.embedding = other);
  }

  /// The same model with other special tokens.
  public ModelConfig withSpecialTokens(SpecialTokens tokens) {
    return with(change -> change.specialTokens = tokens);
  }

  /// The same model with the experts of each layer in one tensor per role: the same numbers in few
  /// entries.
  public ModelConfig withStackedExperts() {
    var experts = feedForward.experts();
    return experts.isPresent() && experts.get().layout() == Experts.Layout.SEPARATE
        ? withFeedForward(feedForward.withExperts(experts.get().withLayout(Experts.Layout.STACKED)))
        : this;
  }
}
