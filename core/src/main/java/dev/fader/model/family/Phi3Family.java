package dev.fader.model.family;

import dev.fader.format.FormatException;
import dev.fader.model.ModelConfig;
import dev.fader.model.Positions;
import dev.fader.model.Role;
import dev.fader.model.RotaryScaling;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/// Phi-3 and 3.5 (Abdin et al. 2024): Llama with fused projections.
final class Phi3Family extends Family {
  private static final LlamaFields FIELDS =
      new LlamaFields(Map.of("rms_norm_eps", 1e-5)).withWindow().withPartialRotation();

  Phi3Family() {
    super(
        "phi3",
        "Phi3ForCausalLM",
        LlamaFamily.NAMES.with(
            Map.of(
                Role.QUERY_KEY_VALUE, "model.layers.%d.self_attn.qkv_proj",
                Role.GATE_UP, "model.layers.%d.mlp.gate_up_proj")));
  }

  private static final int ORIGINAL = 4096;

  @Override
  ModelConfig read(ConfigFields config) throws FormatException {
    var plain = FIELDS.read(config, this);
    int headSize = plain.attention().headSize();
    return plain.withPositions(
        RotaryFields.read(
            config,
            new RotaryFields.Defaults(plain.context(), ORIGINAL, headSize, FIELDS.theta())));
  }

  @Override
  void write(ModelConfig model, ObjectNode config) {
    FIELDS.write(model, config);
    // transformers takes it from here and ignores rope_parameters
    if (model.positions() instanceof Positions.Rotary rotary
        && rotary.rope().scaling() instanceof RotaryScaling.Longrope longrope) {
      config.put("original_max_position_embeddings", longrope.originalContext());
    }
  }
}
