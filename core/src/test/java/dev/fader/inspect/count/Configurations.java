package dev.fader.inspect.count;

import dev.fader.kernel.row.Activation;
import dev.fader.kernel.row.Normalization;
import dev.fader.model.ModelConfig;
import dev.fader.model.Positions;
import dev.fader.model.RotaryScaling;
import dev.fader.model.TinyModels;
import dev.fader.model.family.Families;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;

/// Small models of awkward sizes, one for each thing that changes what is counted.
public final class Configurations {
  private Configurations() {}

  /// Learned positions, layer norms, biases, tied head.
  public static ModelConfig gpt2() {
    return new ModelConfig(
        Families.names("gpt2"),
        31,
        7,
        12,
        3,
        1,
        new ModelConfig.Attention(3, 3, 4, true, true, false, 0.5f, 0, List.of(0, 0, 0)),
        new ModelConfig.FeedForward(48, Activation.GELU_TANH, false, true),
        new ModelConfig.Norm(Normalization.Kind.LAYER, 1e-5f, 0, false),
        new Positions.Learned(),
        new ModelConfig.Embedding(true, 1, 0),
        ModelConfig.SpecialTokens.NONE,
        0.02);
  }

  /// Grouped heads that are normalised, gated feed-forward, a head of its own.
  public static ModelConfig qwen3(int layers, int sharedLayers) {
    return new ModelConfig(
        Families.names("qwen3"),
        33,
        13,
        20,
        layers,
        sharedLayers,
        new ModelConfig.Attention(
            4, 2, 6, false, false, true, 0.4f, 0, Collections.nCopies(layers, 0)),
        new ModelConfig.FeedForward(31, Activation.SILU, true, false),
        new ModelConfig.Norm(Normalization.Kind.RMS, 1e-6f, 0, false),
        new Positions.Rotary(10_000, new RotaryScaling.None()),
        new ModelConfig.Embedding(false, 1, 0),
        ModelConfig.SpecialTokens.NONE,
        0.02);
  }

  /// Norms before and after, soft caps, a window in the first layer, tied head.
  public static ModelConfig gemma2() {
    return new ModelConfig(
        Families.names("gemma2"),
        29,
        13,
        16,
        2,
        1,
        new ModelConfig.Attention(2, 1, 8, false, false, false, 0.35f, 50, List.of(5, 0)),
        new ModelConfig.FeedForward(33, Activation.GELU_TANH, true, false),
        new ModelConfig.Norm(Normalization.Kind.RMS, 1e-6f, 1, true),
        new Positions.Rotary(10_000, new RotaryScaling.None()),
        new ModelConfig.Embedding(true, 4, 30),
        ModelConfig.SpecialTokens.NONE,
        0.02);
  }

  public static List<ModelConfig> all() {
    return Stream.concat(
            Stream.of(gpt2(), qwen3(3, 1), qwen3(4, 2), gemma2()), TinyModels.all().stream())
        .toList();
  }
}
