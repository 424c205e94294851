package dev.fader.model;

import dev.fader.format.FormatException;
import dev.fader.kernel.Normalization;
import dev.fader.model.LlamaFields.Defaults;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/// StarCoder 2 (Lozhkov et al. 2024): rotary positions with the norms, biases and plain
/// feed-forward of GPT-2.
record StarCoder2Family() implements Family {
  private static final Defaults DEFAULTS =
      new Defaults(Map.of("num_key_value_heads", 2, "tie_word_embeddings", true));

  @Override
  public String name() {
    return "starcoder2";
  }

  @Override
  public String architecture() {
    return "Starcoder2ForCausalLM";
  }

  @Override
  public WeightNames names() {
    return WeightNames.STARCODER2;
  }

  @Override
  public ModelConfig read(ConfigFields config) throws FormatException {
    var plain = LlamaFields.read(config, name(), DEFAULTS);
    boolean bias = config.flag("use_bias", true);
    return plain
        .withAttention(
            plain
                .attention()
                .withBias(bias, bias)
                .withWindows(LlamaFields.sameWindows(config, plain.layers())))
        .withFeedForward(
            plain
                .feedForward()
                .withActivation(
                    ActivationNames.read(config, "hidden_act", "gelu_pytorch_tanh"), false)
                .withBias(bias))
        .withNorm(
            new ModelConfig.Norm(
                Normalization.Kind.LAYER,
                (float) config.positiveOr("norm_epsilon", 1e-5),
                0,
                false));
  }

  @Override
  public void write(ModelConfig model, ObjectNode config) {
    LlamaFields.write(model, config);
    config.remove("rms_norm_eps");
    config
        .put("norm_epsilon", HuggingFaceConfig.decimal(model.norm().epsilon()))
        .put("use_bias", model.feedForward().bias());
    LlamaFields.writeSameWindows(model, config);
  }
}
