package dev.fader.model.family;

import dev.fader.format.FormatException;
import dev.fader.model.ModelConfig;
import dev.fader.model.ParameterNames;
import dev.fader.model.Role;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/// Llama 1 to 3.2 (Touvron et al. 2023; Grattafiori et al. 2024).
final class LlamaFamily extends Family {
  static final ParameterNames NAMES =
      new ParameterNames(
          "llama",
          Map.ofEntries(
              Map.entry(Role.TOKEN_EMBEDDING, "model.embed_tokens"),
              Map.entry(Role.ATTENTION_NORM, "model.layers.%d.input_layernorm"),
              Map.entry(Role.QUERY, "model.layers.%d.self_attn.q_proj"),
              Map.entry(Role.KEY, "model.layers.%d.self_attn.k_proj"),
              Map.entry(Role.VALUE, "model.layers.%d.self_attn.v_proj"),
              Map.entry(Role.QUERY_NORM, "model.layers.%d.self_attn.q_norm"),
              Map.entry(Role.KEY_NORM, "model.layers.%d.self_attn.k_norm"),
              Map.entry(Role.ATTENTION_OUTPUT, "model.layers.%d.self_attn.o_proj"),
              Map.entry(Role.FEED_FORWARD_NORM, "model.layers.%d.post_attention_layernorm"),
              Map.entry(Role.GATE, "model.layers.%d.mlp.gate_proj"),
              Map.entry(Role.UP, "model.layers.%d.mlp.up_proj"),
              Map.entry(Role.DOWN, "model.layers.%d.mlp.down_proj"),
              Map.entry(Role.FINAL_NORM, "model.norm"),
              Map.entry(Role.HEAD, "lm_head")));

  private static final LlamaFields FIELDS =
      new LlamaFields(Map.of()).withBiases(LlamaFields.ATTENTION_BIAS, LlamaFields.MLP_BIAS);

  LlamaFamily() {
    super("llama", "LlamaForCausalLM", NAMES);
  }

  @Override
  ModelConfig read(ConfigFields config) throws FormatException {
    return FIELDS.read(config, this);
  }

  @Override
  void write(ModelConfig model, ObjectNode config) {
    FIELDS.write(model, config);
  }
}
