package dev.fader.model;

import dev.fader.kernel.Activation;
import dev.fader.kernel.Normalization;
import java.util.List;

/// What a decoder-only language model is, apart from its numbers. Immutable and checked: a
/// configuration that exists can be built.
///
/// @param family the dialect whose names and files it uses, as `model_type` in Hugging Face's
///   `config.json`
/// @param vocabularySize distinct token ids
/// @param context the longest sequence, in tokens
/// @param width numbers per token between the layers
/// @param layers decoder layers
/// @param sharedLayers how many consecutive layers use one set of parameters, 1 for none (ALBERT,
///   Lan et al. 2019)
/// @param initializerRange standard deviation of the initial weights
public record ModelConfig(
    String family,
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

  /// The attention of every layer.
  ///
  /// @param heads query heads
  /// @param keyValueHeads key and value heads; each serves `heads / keyValueHeads` query heads
  ///   (GQA, Ainslie et al. 2023)
  /// @param headSize numbers per head
  /// @param inputBias whether the query, key and value projections have a bias
  /// @param outputBias whether the output projection has one
  /// @param normalizeHeads whether each query and key head is normalised before the rotation (Qwen
  ///   3)
  /// @param scale what scores are multiplied with, usually `1 / sqrt(headSize)`
  /// @param softCap `c` in `c * tanh(score / c)`, 0 for none (Gemma 2)
  /// @param windows per layer, how many positions back a query sees, itself included; 0 for all
  public record Attention(
      int heads,
      int keyValueHeads,
      int headSize,
      boolean inputBias,
      boolean outputBias,
      boolean normalizeHeads,
      float scale,
      float softCap,
      List<Integer> windows) {
    public Attention {
      windows = List.copyOf(windows);
    }

    /// Columns of the queries.
    public int queryWidth() {
      return heads * headSize;
    }

    /// Columns of the keys, and of the values.
    public int keyValueWidth() {
      return keyValueHeads * headSize;
    }
  }

  /// The feed-forward network of every layer.
  ///
  /// @param width its hidden width
  /// @param gated whether a second projection multiplies the activated one (GLU variants, Shazeer
  ///   2020)
  /// @param bias whether its projections have a bias
  public record FeedForward(int width, Activation activation, boolean gated, boolean bias) {}

  /// How activations are normalised.
  ///
  /// @param kind over mean and variance, or over the root of the mean square only
  /// @param epsilon what is added under the root
  /// @param weightOffset what is added to the stored weight: 1 in Gemma, else 0
  /// @param after whether a second normalisation follows attention and feed-forward (Gemma 2)
  public record Norm(Normalization.Kind kind, float epsilon, float weightOffset, boolean after) {}

  /// The two ends of the model.
  ///
  /// @param tied whether the head is the token embedding
  /// @param scale what embeddings are multiplied with: `sqrt(width)` in Gemma, else 1
  /// @param logitSoftCap `c` in `c * tanh(logit / c)`, 0 for none
  public record Embedding(boolean tied, float scale, float logitSoftCap) {}

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
    require(
        !(positions instanceof Positions.Rotary) || attention.headSize % 2 == 0,
        "head size %d is odd, and rotary positions turn pairs: choose an even head size",
        attention.headSize);
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
    Math.multiplyExact(attention.heads, attention.headSize);
  }

  private static void positive(String name, int value) {
    require(value > 0, "%s is %d, and must be at least 1", name, value);
  }

  private static void require(boolean holds, String message, Object... values) {
    if (!holds) {
      throw new ModelConfigException(message.formatted(values));
    }
  }

  /// The same model with other special tokens.
  public ModelConfig withSpecialTokens(SpecialTokens tokens) {
    return new ModelConfig(
        family,
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
        tokens,
        initializerRange);
  }
}
