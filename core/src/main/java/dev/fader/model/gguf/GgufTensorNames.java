package dev.fader.model.gguf;

import dev.fader.model.Experts;
import dev.fader.model.ModelConfig;
import dev.fader.model.ParameterSpec;
import dev.fader.model.Role;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;

/// The names of weights in GGUF files, for all architectures.
///
/// Source: llama.cpp, `gguf-py/gguf/constants.py`, `TENSOR_NAMES`.
public final class GgufTensorNames {
  public static final String HEAD = "output.weight";
  public static final String TOKEN_EMBEDDING = "token_embd.weight";

  private static final Map<Role, String> PATTERNS =
      new EnumMap<>(
          Map.ofEntries(
              Map.entry(Role.TOKEN_EMBEDDING, "token_embd"),
              Map.entry(Role.POSITION_EMBEDDING, "position_embd"),
              Map.entry(Role.ATTENTION_NORM, "blk.%d.attn_norm"),
              Map.entry(Role.QUERY_KEY_VALUE, "blk.%d.attn_qkv"),
              Map.entry(Role.QUERY, "blk.%d.attn_q"),
              Map.entry(Role.KEY, "blk.%d.attn_k"),
              Map.entry(Role.VALUE, "blk.%d.attn_v"),
              Map.entry(Role.QUERY_DOWN, "blk.%d.attn_q_a"),
              Map.entry(Role.QUERY_DOWN_NORM, "blk.%d.attn_q_a_norm"),
              Map.entry(Role.QUERY_UP, "blk.%d.attn_q_b"),
              Map.entry(Role.KEY_VALUE_DOWN, "blk.%d.attn_kv_a_mqa"),
              Map.entry(Role.KEY_VALUE_DOWN_NORM, "blk.%d.attn_kv_a_norm"),
              Map.entry(Role.KEY_VALUE_UP, "blk.%d.attn_kv_b"),
              Map.entry(Role.QUERY_NORM, "blk.%d.attn_q_norm"),
              Map.entry(Role.KEY_NORM, "blk.%d.attn_k_norm"),
              Map.entry(Role.SINKS, "blk.%d.attn_sinks"),
              Map.entry(Role.ATTENTION_OUTPUT, "blk.%d.attn_output"),
              Map.entry(Role.AFTER_ATTENTION_NORM, "blk.%d.post_attention_norm"),
              Map.entry(Role.FEED_FORWARD_NORM, "blk.%d.ffn_norm"),
              Map.entry(Role.GATE, "blk.%d.ffn_gate"),
              Map.entry(Role.UP, "blk.%d.ffn_up"),
              Map.entry(Role.GATE_UP, "blk.%d.ffn_up"),
              Map.entry(Role.DOWN, "blk.%d.ffn_down"),
              Map.entry(Role.ROUTER, "blk.%d.ffn_gate_inp"),
              Map.entry(Role.ROUTER_CORRECTION, "blk.%d.exp_probs_b"),
              Map.entry(Role.EXPERT_GATE, "blk.%d.ffn_gate_exps"),
              Map.entry(Role.EXPERT_UP, "blk.%d.ffn_up_exps"),
              Map.entry(Role.EXPERT_DOWN, "blk.%d.ffn_down_exps"),
              Map.entry(Role.SHARED_GATE, "blk.%d.ffn_gate_shexp"),
              Map.entry(Role.SHARED_UP, "blk.%d.ffn_up_shexp"),
              Map.entry(Role.SHARED_DOWN, "blk.%d.ffn_down_shexp"),
              Map.entry(Role.AFTER_FEED_FORWARD_NORM, "blk.%d.post_ffw_norm"),
              Map.entry(Role.FINAL_NORM, "output_norm"),
              Map.entry(Role.HEAD, "output")));

  /// One tensor per expert, as in files of 2023.
  private static final Map<Role, String> SEPARATE =
      Map.of(
          Role.EXPERT_GATE, "blk.%d.ffn_gate.%d",
          Role.EXPERT_UP, "blk.%d.ffn_up.%d",
          Role.EXPERT_DOWN, "blk.%d.ffn_down.%d");

  private final GgufArchitecture architecture;
  private final boolean separateExperts;

  GgufTensorNames(GgufArchitecture architecture, ModelConfig config) {
    this.architecture = architecture;
    this.separateExperts =
        config
            .feedForward()
            .experts()
            .map(Experts::layout)
            .equals(Optional.of(Experts.Layout.SEPARATE));
  }

  /// The name of an entry of the table.
  String name(ParameterSpec spec) {
    String pattern = PATTERNS.get(spec.role());
    if (separateExperts && SEPARATE.containsKey(spec.role())) {
      pattern = SEPARATE.get(spec.role());
    }
    if (architecture == GgufArchitecture.GPT_OSS && spec.role() == Role.FEED_FORWARD_NORM) {
      pattern = PATTERNS.get(Role.AFTER_ATTENTION_NORM);
    }
    if (pattern == null) {
      throw new IllegalArgumentException("no GGUF file has a tensor for " + spec.role());
    }
    String name =
        pattern
            .replaceFirst("%d", Integer.toString(spec.layer()))
            .replaceFirst("%d", Integer.toString(spec.expert()));
    boolean bias = spec.bias() || spec.role() == Role.ROUTER_CORRECTION;
    return name + (bias ? ".bias" : ".weight");
  }
}
