package dev.fader.train.recipe;

import dev.fader.grad.Routing;
import dev.fader.kernel.row.Activation;
import dev.fader.kernel.row.Normalization;
import dev.fader.model.Experts;
import dev.fader.model.LatentAttention;
import dev.fader.model.ModelConfig;
import dev.fader.model.Positions;
import dev.fader.model.RotaryScaling;
import dev.fader.model.family.Families;
import dev.fader.train.TrainingException;
import java.util.Collections;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// The kinds of decoder that can be trained from random parameters. Each is a family that other
/// tools read.
public enum Architecture {
  /// Learned positions, LayerNorm, GELU, biases, tied head (Radford et al. 2019).
  GPT2("gpt2"),
  /// GPT-2 with ReLU, a matrix for each projection, and room for a factorised embedding (Zhang et
  /// al. 2022).
  OPT("opt"),
  /// Rotary positions, RMSNorm, SwiGLU, no biases (Touvron et al. 2023); with a window it is what
  /// others call Mistral.
  LLAMA("llama"),
  /// Llama with normalised queries and keys (Yang et al. 2025), which learns with larger steps.
  QWEN3("qwen3"),
  /// Latent attention (DeepSeek-V2, arXiv:2405.04434): keys and values are projected from one
  /// narrow state; made for experts of which some are shared.
  DEEPSEEK("deepseek_v3");

  private static final double INITIALIZER_RANGE = 0.02;

  private final String family;

  Architecture(String family) {
    this.family = family;
  }

  /// Whether it has LayerNorm, learned positions, biases, and a feed-forward network without a
  /// gate.
  boolean isGpt() {
    return this == GPT2 || this == OPT;
  }

  /// The name of the family, as in `model_type` of `config.json`.
  public String family() {
    return family;
  }

  /// The configuration of a model of this kind and size.
  ///
  /// @throws TrainingException if heads do not divide the width
  /// @throws dev.fader.model.ModelConfigException if the sizes do not fit otherwise
  public ModelConfig config(ModelSize size) {
    TrainingException.require(
        size.heads() >= 1 && size.width() % size.heads() == 0,
        "`heads` %d do not divide `width` %d: choose a divisor of %d, such as %d",
        size.heads(),
        size.width(),
        size.width(),
        ModelSize.nearestDivisor(size.width(), size.heads()));
    boolean gpt = isGpt();
    return new ModelConfig(
        Families.names(family(size)),
        size.vocabulary(),
        size.context(),
        size.width(),
        size.layers(),
        size.sharedLayers(),
        attention(size),
        feedForward(size),
        new ModelConfig.Norm(
            gpt ? Normalization.Kind.LAYER : Normalization.Kind.RMS, gpt ? 1e-5f : 1e-6f, 0, false),
        positions(size),
        new ModelConfig.Embedding(size.tied(), 1, 0).withColumns(size.embeddingWidth()),
        ModelConfig.SpecialTokens.NONE,
        INITIALIZER_RANGE);
  }

  /// The family whose files such a model has.
  private String family(ModelSize size) {
    if (size.experts().isPresent()) {
      return switch (this) {
        case GPT2, OPT -> throw new TrainingException("`experts` are not for arch " + family);
        case LLAMA -> "mixtral";
        case QWEN3 -> "qwen3_moe";
        case DEEPSEEK ->
            size.experts().get().router() == RouterKind.SIGMOID ? family : "deepseek_v2";
      };
    }
    return this == LLAMA && size.window() > 0 ? "mistral" : family;
  }

  /// Mixtral has one hidden width, that of its experts.
  private ModelConfig.FeedForward feedForward(ModelSize size) {
    boolean gpt = isGpt();
    int width =
        this == LLAMA
            ? size.experts().map(ExpertSize::width).orElse(size.feedForward())
            : size.feedForward();
    var dense =
        new ModelConfig.FeedForward(width, gpt ? Activation.GELU_TANH : Activation.SILU, !gpt, gpt);
    return size.experts().map(experts -> dense.withExperts(experts(experts))).orElse(dense);
  }

  private Experts experts(ExpertSize size) {
    boolean sigmoid = size.router() == RouterKind.SIGMOID;
    // DeepSeek-V2 does not normalise its weights, and the others do
    var routing =
        new Routing(
            sigmoid ? Routing.Scoring.SIGMOID : Routing.Scoring.SOFTMAX,
            size.perToken(),
            sigmoid || this != DEEPSEEK);
    return new Experts(
        size.count(),
        size.width(),
        Math.multiplyExact(size.width(), size.shared()),
        routing,
        sigmoid,
        false,
        Experts.Layout.SEPARATE,
        IntStream.range(0, size.denseLayers()).boxed().collect(Collectors.toSet()));
  }

  private Positions positions(ModelSize size) {
    if (isGpt()) {
      return new Positions.Learned(this == OPT ? Families.OPT_FIRST_POSITION : 0);
    }
    var rotary = new Positions.Rotary(10_000, new RotaryScaling.None());
    return this == DEEPSEEK
        ? rotary.withSize(latent(size).ropeSize()).withInterleaved(true)
        : rotary;
  }

  /// As DeepSeek-V2-Lite has it: half as many rotated columns as others, and a latent of four
  /// heads, of at most half the width, which narrow models have less than that of. Queries have one
  /// as wide, as in DeepSeek-V3: llama.cpp opens no model without it but V2-Lite, which it knows by
  /// its 27 layers.
  private static LatentAttention latent(ModelSize size) {
    int headSize = size.width() / size.heads();
    int rotated = Math.max(2, headSize / 4 * 2);
    int rank = Math.max(1, Math.min(4 * headSize, size.width() / 2));
    return new LatentAttention(rank, rank, headSize, rotated, headSize);
  }

  private ModelConfig.Attention attention(ModelSize size) {
    boolean latent = this == DEEPSEEK;
    int headSize = latent ? latent(size).headSize() : size.width() / size.heads();
    var attention =
        new ModelConfig.Attention(
            size.heads(),
            size.keyValueHeads(),
            headSize,
            isGpt(),
            isGpt(),
            this == QWEN3,
            (float) (1 / Math.sqrt(headSize)),
            0,
            Collections.nCopies(size.layers(), size.window()));
    return latent ? attention.withLatent(latent(size)) : attention;
  }

  /// The hidden width of the feed-forward network that goes with a width: four times it, or two
  /// thirds of that where a third matrix gates, so that the count of parameters stays (Shazeer
  /// 2020).
  int feedForward(int width) {
    return isGpt() ? 4 * width : Math.ceilDiv(8 * width, 3 * 32) * 32;
  }
}
