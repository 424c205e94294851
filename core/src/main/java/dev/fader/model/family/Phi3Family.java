package dev.fader.model.family;

import dev.fader.format.FormatException;
import dev.fader.model.ModelConfig;
import dev.fader.model.Positions;
import dev.fader.model.Role;
import dev.fader.model.RotaryScaling;
import dev.fader.model.family.LlamaFields.Defaults;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/// Phi-3 and 3.5 (Abdin et al. 2024): Llama whose projections stand in one matrix.
final class Phi3Family extends Family {
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
    var plain =
        LlamaFields.read(
            config, this, new Defaults(Map.of("rms_norm_eps", 1e-5), RotaryFields.THETA, true));
    var frame =
        new RotaryFields.Frame(
            plain.context(), ORIGINAL, plain.attention().headSize(), RotaryFields.THETA);
    return plain
        .withAttention(
            plain.attention().withWindows(LlamaFields.sameWindows(config, plain.layers())))
        .withPositions(RotaryFields.read(config, frame));
  }

  @Override
  void write(ModelConfig model, ObjectNode config) {
    LlamaFields.write(model, config);
    LlamaFields.writeSameWindows(model, config);
    // transformers takes it from here, whatever rope_parameters says
    if (model.positions() instanceof Positions.Rotary rotary
        && rotary.waves().scaling() instanceof RotaryScaling.Longrope longrope) {
      config.put("original_max_position_embeddings", longrope.originalContext());
    }
  }
}
