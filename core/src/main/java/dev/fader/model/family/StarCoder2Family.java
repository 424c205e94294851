package dev.fader.model.family;

import dev.fader.format.FormatException;
import dev.fader.kernel.row.Normalization;
import dev.fader.model.ModelConfig;
import dev.fader.model.Role;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/// StarCoder 2 (Lozhkov et al. 2024): rotary positions with the norms, biases and ungated
/// feed-forward of GPT-2.
final class StarCoder2Family extends Family {
  private static final LlamaFields FIELDS =
      new LlamaFields(Map.of("num_key_value_heads", 2, "tie_word_embeddings", true)).withWindow();

  StarCoder2Family() {
    super(
        "starcoder2",
        "Starcoder2ForCausalLM",
        LlamaFamily.NAMES.with(
            Map.of(
                Role.UP, "model.layers.%d.mlp.c_fc",
                Role.DOWN, "model.layers.%d.mlp.c_proj")));
  }

  @Override
  ModelConfig read(ConfigFields config) throws FormatException {
    var plain = FIELDS.read(config, this);
    boolean bias = config.flag("use_bias", true);
    return plain
        .withAttention(plain.attention().withBias(bias, bias))
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
  void write(ModelConfig model, ObjectNode config) {
    FIELDS.write(model, config);
    config.remove("rms_norm_eps");
    config
        .put("norm_epsilon", HuggingFaceConfig.decimal(model.norm().epsilon()))
        .put("use_bias", model.feedForward().bias());
  }
}
