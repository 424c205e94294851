package dev.fader.train.recipe;

import dev.fader.kernel.row.Activation;
import dev.fader.kernel.row.Normalization;
import dev.fader.model.ModelConfig;
import dev.fader.model.Positions;
import dev.fader.model.RotaryScaling;
import dev.fader.train.TrainingException;
import java.util.Collections;

/// The kinds of decoder that can be trained from random parameters. Each is a family that other
/// tools read.
public enum Architecture {
  /// Learned positions, LayerNorm, GELU, biases, tied head (Radford et al. 2019).
  GPT2("gpt2"),
  /// Rotary positions, RMSNorm, SwiGLU, no biases (Touvron et al. 2023); with a window it is what
  /// others call Mistral.
  LLAMA("llama"),
  /// Llama with normalised queries and keys (Yang et al. 2025), which learns with larger steps.
  QWEN3("qwen3");

  private static final double INITIALIZER_RANGE = 0.02;

  private final String family;

  Architecture(String family) {
    this.family = family;
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
    boolean gpt2 = this == GPT2;
    return new ModelConfig(
        dev.fader.model.family.Families.names(
            this == LLAMA && size.window() > 0 ? "mistral" : family),
        size.vocabulary(),
        size.context(),
        size.width(),
        size.layers(),
        size.sharedLayers(),
        attention(size),
        new ModelConfig.FeedForward(
            size.feedForward(), gpt2 ? Activation.GELU_TANH : Activation.SILU, !gpt2, gpt2),
        new ModelConfig.Norm(
            gpt2 ? Normalization.Kind.LAYER : Normalization.Kind.RMS,
            gpt2 ? 1e-5f : 1e-6f,
            0,
            false),
        gpt2 ? new Positions.Learned() : new Positions.Rotary(10_000, new RotaryScaling.None()),
        new ModelConfig.Embedding(size.tied(), 1, 0),
        ModelConfig.SpecialTokens.NONE,
        INITIALIZER_RANGE);
  }

  private ModelConfig.Attention attention(ModelSize size) {
    int headSize = size.width() / size.heads();
    return new ModelConfig.Attention(
        size.heads(),
        size.keyValueHeads(),
        headSize,
        this == GPT2,
        this == GPT2,
        this == QWEN3,
        (float) (1 / Math.sqrt(headSize)),
        0,
        Collections.nCopies(size.layers(), size.window()));
  }

  /// The hidden width of the feed-forward network that goes with a width: four times it, or two
  /// thirds of that where a third matrix gates, so that the count of parameters stays (Shazeer
  /// 2020).
  int feedForward(int width) {
    return this == GPT2 ? 4 * width : Math.ceilDiv(8 * width, 3 * 32) * 32;
  }
}
