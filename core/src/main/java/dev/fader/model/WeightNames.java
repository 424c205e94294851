package dev.fader.model;

import java.util.EnumMap;
import java.util.Map;
import java.util.Set;

/// What one family calls its weights in a Hugging Face directory.
///
/// @param patterns per role the name without `.weight` or `.bias`, with `%d` for the layer and then
///   the expert
/// @param inputMajor whether matrices are stored (in, out), as GPT-2's `Conv1D` does, and not (out,
///   in)
/// @param bare roles whose names have no `.weight`, and `_bias` for their bias
record WeightNames(Map<Role, String> patterns, boolean inputMajor, Set<Role> bare) {
  static final WeightNames GPT2 =
      new WeightNames(
          Map.ofEntries(
              Map.entry(Role.TOKEN_EMBEDDING, "transformer.wte"),
              Map.entry(Role.POSITION_EMBEDDING, "transformer.wpe"),
              Map.entry(Role.ATTENTION_NORM, "transformer.h.%d.ln_1"),
              Map.entry(Role.QUERY_KEY_VALUE, "transformer.h.%d.attn.c_attn"),
              Map.entry(Role.ATTENTION_OUTPUT, "transformer.h.%d.attn.c_proj"),
              Map.entry(Role.FEED_FORWARD_NORM, "transformer.h.%d.ln_2"),
              Map.entry(Role.UP, "transformer.h.%d.mlp.c_fc"),
              Map.entry(Role.DOWN, "transformer.h.%d.mlp.c_proj"),
              Map.entry(Role.FINAL_NORM, "transformer.ln_f"),
              Map.entry(Role.HEAD, "lm_head")),
          true,
          Set.of());

  static final WeightNames GPT =
      GPT2.with(
          Map.of(
              Role.TOKEN_EMBEDDING, "transformer.tokens_embed",
              Role.POSITION_EMBEDDING, "transformer.positions_embed",
              Role.AFTER_ATTENTION_NORM, "transformer.h.%d.ln_1",
              Role.AFTER_FEED_FORWARD_NORM, "transformer.h.%d.ln_2"));

  static final WeightNames LLAMA =
      new WeightNames(
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
              Map.entry(Role.HEAD, "lm_head")),
          false,
          Set.of());

  static final WeightNames GEMMA2 =
      LLAMA.with(
          Map.of(
              Role.AFTER_ATTENTION_NORM, "model.layers.%d.post_attention_layernorm",
              Role.FEED_FORWARD_NORM, "model.layers.%d.pre_feedforward_layernorm",
              Role.AFTER_FEED_FORWARD_NORM, "model.layers.%d.post_feedforward_layernorm"));

  static final WeightNames PHI3 =
      LLAMA.with(
          Map.of(
              Role.QUERY_KEY_VALUE, "model.layers.%d.self_attn.qkv_proj",
              Role.GATE_UP, "model.layers.%d.mlp.gate_up_proj"));

  static final WeightNames OLMO2 =
      LLAMA.with(
          Map.of(
              Role.AFTER_ATTENTION_NORM, "model.layers.%d.post_attention_layernorm",
              Role.AFTER_FEED_FORWARD_NORM, "model.layers.%d.post_feedforward_layernorm"));

  static final WeightNames STARCODER2 =
      LLAMA.with(
          Map.of(
              Role.UP, "model.layers.%d.mlp.c_fc",
              Role.DOWN, "model.layers.%d.mlp.c_proj"));

  private static final Map<Role, String> EXPERTS =
      Map.of(
          Role.ROUTER, "model.layers.%d.mlp.gate",
          Role.ROUTER_CORRECTION, "model.layers.%d.mlp.gate.e_score_correction_bias",
          Role.EXPERT_GATE, "model.layers.%d.mlp.experts.%d.gate_proj",
          Role.EXPERT_UP, "model.layers.%d.mlp.experts.%d.up_proj",
          Role.EXPERT_DOWN, "model.layers.%d.mlp.experts.%d.down_proj",
          Role.SHARED_GATE, "model.layers.%d.mlp.shared_experts.gate_proj",
          Role.SHARED_UP, "model.layers.%d.mlp.shared_experts.up_proj",
          Role.SHARED_DOWN, "model.layers.%d.mlp.shared_experts.down_proj");

  static final WeightNames QWEN3_MOE = LLAMA.with(EXPERTS);

  static final WeightNames MIXTRAL =
      LLAMA.with(
          Map.of(
              Role.ROUTER, "model.layers.%d.block_sparse_moe.gate",
              Role.EXPERT_GATE, "model.layers.%d.block_sparse_moe.experts.%d.w1",
              Role.EXPERT_UP, "model.layers.%d.block_sparse_moe.experts.%d.w3",
              Role.EXPERT_DOWN, "model.layers.%d.block_sparse_moe.experts.%d.w2"));

  static final WeightNames GPT_OSS =
      LLAMA
          .with(
              Map.of(
                  Role.SINKS, "model.layers.%d.self_attn.sinks",
                  Role.ROUTER, "model.layers.%d.mlp.router",
                  Role.EXPERT_GATE, "model.layers.%d.mlp.experts.gate_proj",
                  Role.EXPERT_UP, "model.layers.%d.mlp.experts.up_proj",
                  Role.EXPERT_GATE_UP, "model.layers.%d.mlp.experts.gate_up_proj",
                  Role.EXPERT_DOWN, "model.layers.%d.mlp.experts.down_proj"))
          .withBare(
              Set.of(
                  Role.SINKS,
                  Role.EXPERT_GATE,
                  Role.EXPERT_UP,
                  Role.EXPERT_GATE_UP,
                  Role.EXPERT_DOWN));

  static final WeightNames DEEPSEEK =
      QWEN3_MOE
          .with(
              Map.of(
                  Role.QUERY_DOWN, "model.layers.%d.self_attn.q_a_proj",
                  Role.QUERY_DOWN_NORM, "model.layers.%d.self_attn.q_a_layernorm",
                  Role.QUERY_UP, "model.layers.%d.self_attn.q_b_proj",
                  Role.KEY_VALUE_DOWN, "model.layers.%d.self_attn.kv_a_proj_with_mqa",
                  Role.KEY_VALUE_DOWN_NORM, "model.layers.%d.self_attn.kv_a_layernorm",
                  Role.KEY_VALUE_UP, "model.layers.%d.self_attn.kv_b_proj"))
          .withBare(Set.of(Role.ROUTER_CORRECTION));

  private WeightNames withBare(Set<Role> roles) {
    return new WeightNames(patterns, inputMajor, roles);
  }

  WeightNames with(Map<Role, String> changes) {
    var changed = new EnumMap<>(patterns);
    changed.putAll(changes);
    return new WeightNames(Map.copyOf(changed), inputMajor, bare);
  }

  /// Whether the family has a weight of this role.
  boolean has(Role role) {
    return patterns.containsKey(role);
  }

  /// Whether the family has a tensor for each expert.
  boolean partsExperts(Role role) {
    return patterns.getOrDefault(role, "").contains("experts.%d.");
  }

  /// The name of what holds all experts of a layer.
  String stackedName(Role role, int layer, boolean bias) {
    return name(role, layer, 0, bias).replaceFirst("experts\\.0\\.", "experts.");
  }

  /// The full name; layer and expert matter only to roles that have them.
  String name(Role role, int layer, int expert, boolean bias) {
    String pattern = patterns.get(role);
    if (pattern == null) {
      throw new IllegalArgumentException("this family has no weight for " + role);
    }
    String name = numbered(numbered(pattern, layer), expert);
    if (bare.contains(role)) {
      return bias ? name + "_bias" : name;
    }
    return name + (bias ? ".bias" : ".weight");
  }

  /// The first place for a number filled in. Large models have tens of thousands of names, for
  /// which regular expressions take too long.
  private static String numbered(String pattern, int number) {
    int place = pattern.indexOf("%d");
    return place < 0
        ? pattern
        : pattern.substring(0, place) + number + pattern.substring(place + 2);
  }
}
