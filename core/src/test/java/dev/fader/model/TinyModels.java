package dev.fader.model;

import dev.fader.grad.Routing;
import dev.fader.grad.TokenBlock;
import dev.fader.kernel.row.Activation;
import dev.fader.kernel.row.Normalization;
import dev.fader.model.family.Families;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;

/// Models of awkward sizes, small enough to train in a test.
public final class TinyModels {
  static final int VOCABULARY = 31;
  public static final int CONTEXT = 33;

  private TinyModels() {}

  /// Three layers of the Llama kind with grouped heads.
  public static ModelConfig llama() {
    return llama(1);
  }

  static ModelConfig llama(int sharedLayers) {
    int layers = 4;
    return new ModelConfig(
        Families.names("llama"),
        VOCABULARY,
        CONTEXT,
        28,
        layers,
        sharedLayers,
        new ModelConfig.Attention(
            6, 3, 10, false, false, false, 0.3f, 0, Collections.nCopies(layers, 0)),
        new ModelConfig.FeedForward(37, Activation.SILU, true, false),
        new ModelConfig.Norm(Normalization.Kind.RMS, 1e-5f, 0, false),
        new Positions.Rotary(10000, new RotaryScaling.None()),
        new ModelConfig.Embedding(false, 1, 0),
        ModelConfig.SpecialTokens.NONE,
        0.02);
  }

  /// Two layers of the GPT-2 kind with a tied head.
  public static ModelConfig gpt2() {
    return new ModelConfig(
        Families.names("gpt2"),
        VOCABULARY,
        CONTEXT,
        21,
        2,
        1,
        new ModelConfig.Attention(3, 3, 7, true, true, false, 0.4f, 0, List.of(0, 0)),
        new ModelConfig.FeedForward(50, Activation.GELU_TANH, false, true),
        new ModelConfig.Norm(Normalization.Kind.LAYER, 1e-5f, 0, false),
        new Positions.Learned(),
        new ModelConfig.Embedding(true, 1, 0),
        ModelConfig.SpecialTokens.NONE,
        0.02);
  }

  /// Everything that Gemma 2 and Qwen 3 have and the other two have not.
  static ModelConfig gemma2() {
    return new ModelConfig(
        Families.names("gemma2"),
        VOCABULARY,
        CONTEXT,
        26,
        3,
        1,
        new ModelConfig.Attention(4, 2, 6, true, false, true, 0.4f, 5, List.of(7, 0, 1)),
        new ModelConfig.FeedForward(45, Activation.GELU_TANH, true, false),
        new ModelConfig.Norm(Normalization.Kind.RMS, 1e-6f, 1, true),
        new Positions.Rotary(10000, new RotaryScaling.None()),
        new ModelConfig.Embedding(true, 5.1f, 3),
        ModelConfig.SpecialTokens.NONE,
        0.02);
  }

  /// Other angles in layers with a window.
  static ModelConfig gemma3() {
    var gemma2 = gemma2();
    var rotary = new Positions.Rotary(10000, new RotaryScaling.None());
    return gemma2.withPositions(
        rotary.withWindowRope(new Positions.RopeParameters(100, new RotaryScaling.None())));
  }

  /// Norms behind the branches and over all heads, a part of each head rotated in neighbouring
  /// pairs, one layer without positions, and multipliers (OLMo 2, Phi-3, SmolLM3, Granite).
  static ModelConfig olmo2() {
    var llama = llama();
    return new ModelConfig(
        Families.names("olmo2"),
        VOCABULARY,
        CONTEXT,
        28,
        4,
        1,
        llama.attention().withQueryKeyNorm(ModelConfig.QueryKeyNorm.ALL_HEADS),
        llama.feedForward(),
        llama.norm().withPlacement(ModelConfig.Placement.AFTER).withBranchScale(0.6f),
        new Positions.Rotary(100, new RotaryScaling.None())
            .withSize(6)
            .withInterleaved(true)
            .withNopeLayers(Set.of(1)),
        new ModelConfig.Embedding(true, 1, 0, 0.7f),
        ModelConfig.SpecialTokens.NONE,
        0.02);
  }

  /// Queries, keys and values in one matrix, gate and up in another, both stored (out, in).
  static ModelConfig phi3() {
    var llama = llama();
    return new ModelConfig(
        Families.names("phi3"),
        VOCABULARY,
        CONTEXT,
        28,
        4,
        1,
        llama.attention(),
        llama.feedForward(),
        llama.norm(),
        llama.positions(),
        llama.embedding(),
        ModelConfig.SpecialTokens.NONE,
        0.02);
  }

  /// Norms behind the sums and none at the end.
  static ModelConfig gpt() {
    var gpt2 = gpt2();
    return new ModelConfig(
        Families.names("openai-gpt"),
        VOCABULARY,
        CONTEXT,
        21,
        2,
        1,
        gpt2.attention(),
        gpt2.feedForward(),
        gpt2.norm().withPlacement(ModelConfig.Placement.AFTER_SUM),
        gpt2.positions(),
        gpt2.embedding(),
        ModelConfig.SpecialTokens.NONE,
        0.02);
  }

  /// A factorised embedding, unused rows before the positions, and ReLU.
  public static ModelConfig opt() {
    var gpt2 = gpt2();
    return new ModelConfig(
        Families.names("opt"),
        VOCABULARY,
        CONTEXT,
        21,
        2,
        1,
        gpt2.attention(),
        gpt2.feedForward().withActivation(Activation.RELU, false),
        gpt2.norm(),
        new Positions.Learned(2),
        gpt2.embedding().withColumns(5),
        ModelConfig.SpecialTokens.NONE,
        0.02);
  }

  /// Sinks, and experts with biases and a clamped gate whose columns stand in turn.
  static ModelConfig gptOss() {
    var llama = llama();
    var routing = new Routing(Routing.Scoring.SOFTMAX, 3, true);
    var experts = new Experts(3, 7, 0, routing, false, true, Experts.Layout.INTERLEAVED, Set.of());
    return new ModelConfig(
        Families.names("gpt_oss"),
        VOCABULARY,
        CONTEXT,
        28,
        4,
        1,
        llama.attention().withScores(llama.attention().scores().withSinks()).withBias(true, true),
        llama.feedForward().withBias(true).withExperts(experts),
        llama.norm(),
        llama.positions(),
        llama.embedding(),
        ModelConfig.SpecialTokens.NONE,
        0.02);
  }

  /// Experts in three layers of four, stacked or one by one.
  static ModelConfig qwen3Moe(Experts.Layout layout) {
    var llama = llama();
    var routing = new Routing(Routing.Scoring.SOFTMAX, 4, false, 1.5f, 1, 1);
    var experts = new Experts(4, 7, 0, routing, false, false, layout, Set.of(2));
    return new ModelConfig(
        Families.names("qwen3_moe"),
        VOCABULARY,
        CONTEXT,
        28,
        4,
        1,
        llama.attention(),
        llama.feedForward().withExperts(experts),
        llama.norm(),
        llama.positions(),
        llama.embedding(),
        ModelConfig.SpecialTokens.NONE,
        0.02);
  }

  /// Latent attention, shared experts, experts scored on their own.
  static ModelConfig deepSeek() {
    var routing = new Routing(Routing.Scoring.SIGMOID, 4, true, 1.5f, 2, 2);
    var experts = new Experts(4, 7, 9, routing, true, false, Experts.Layout.SEPARATE, Set.of(0));
    var latent = new LatentAttention(7, 5, 6, 4, 7);
    return new ModelConfig(
        Families.names("deepseek_v3"),
        VOCABULARY,
        CONTEXT,
        21,
        2,
        1,
        new ModelConfig.Attention(
            3,
            3,
            10,
            true,
            false,
            ModelConfig.QueryKeyNorm.NONE,
            new ModelConfig.Scores(0.3f, 0, false, false),
            List.of(0, 0),
            Optional.of(latent)),
        new ModelConfig.FeedForward(13, Activation.SILU, true, false).withExperts(experts),
        new ModelConfig.Norm(Normalization.Kind.RMS, 1e-5f, 0, false),
        new Positions.Rotary(100, new RotaryScaling.None()).withSize(4).withInterleaved(true),
        new ModelConfig.Embedding(false, 1, 0),
        ModelConfig.SpecialTokens.NONE,
        0.02);
  }

  /// Queries without a latent, value heads as wide as the others, experts without groups.
  static ModelConfig deepSeekV2() {
    var deepSeek = deepSeek();
    var attention = deepSeek.attention();
    var experts = new Experts(5, 8, new Routing(Routing.Scoring.SOFTMAX, 2, false));
    return deepSeek
        .withAttention(
            new ModelConfig.Attention(
                3,
                3,
                10,
                false,
                false,
                attention.queryKeyNorm(),
                attention.scores(),
                attention.windows(),
                Optional.of(new LatentAttention(0, 5, 6, 4, 10))))
        .withFeedForward(deepSeek.feedForward().withExperts(experts));
  }

  /// One of each kind that can be trained.
  public static List<ModelConfig> all() {
    return List.of(
        llama(),
        llama(2),
        gpt2(),
        gemma2(),
        gemma3(),
        olmo2(),
        phi3(),
        gpt(),
        opt(),
        gptOss(),
        qwen3Moe(Experts.Layout.SEPARATE),
        qwen3Moe(Experts.Layout.STACKED),
        deepSeek(),
        deepSeekV2());
  }

  /// Parameters that learn, wide enough that every part of the decoder shows.
  public static Parameters random(ModelConfig config, TensorArena arena, RandomGenerator random) {
    var parameters = Parameters.learned(config, arena, arena);
    for (var variable : parameters.entries().values()) {
      var value = variable.value();
      for (long i = 0; i < value.elements(); i++) {
        value.set(i, (float) (0.3 * random.nextGaussian()));
      }
    }
    return parameters;
  }

  public static Tensor ids(TensorArena arena, int... ids) {
    var tensor = arena.allocate(DType.INT32, Shape.of(ids.length));
    for (int i = 0; i < ids.length; i++) {
      tensor.set(i, ids[i]);
    }
    return tensor;
  }

  static TokenBlock randomTokens(TensorArena arena, RandomGenerator random, int batch, int time) {
    return TokenBlock.ofSequences(
        ids(arena, random.ints((long) batch * time, 0, VOCABULARY).toArray()), batch, time);
  }
}
