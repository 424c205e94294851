package dev.fader.model.family;

import dev.fader.format.FormatException;
import dev.fader.grad.Routing;
import dev.fader.model.Experts;
import dev.fader.model.LatentAttention;
import dev.fader.model.ModelConfig;
import dev.fader.model.ParameterNames;
import dev.fader.model.Positions;
import dev.fader.model.Role;
import dev.fader.model.RotaryScaling;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import tools.jackson.databind.node.ObjectNode;

/// The fields that DeepSeek-V2 and V3 share: latent attention, dense first layers, shared experts.
final class DeepSeekFields {
  static final ParameterNames NAMES =
      Qwen3MoeFamily.NAMES
          .with(
              Map.of(
                  Role.QUERY_DOWN, "model.layers.%d.self_attn.q_a_proj",
                  Role.QUERY_DOWN_NORM, "model.layers.%d.self_attn.q_a_layernorm",
                  Role.QUERY_UP, "model.layers.%d.self_attn.q_b_proj",
                  Role.KEY_VALUE_DOWN, "model.layers.%d.self_attn.kv_a_proj_with_mqa",
                  Role.KEY_VALUE_DOWN_NORM, "model.layers.%d.self_attn.kv_a_layernorm",
                  Role.KEY_VALUE_UP, "model.layers.%d.self_attn.kv_b_proj"))
          .withBare(Set.of(Role.ROUTER_CORRECTION));

  private static final Map<String, Object> LATENT =
      Map.of(
          "q_lora_rank", 1536,
          "kv_lora_rank", 512,
          "qk_nope_head_dim", 128,
          "qk_rope_head_dim", 64,
          "v_head_dim", 128);

  private static final LlamaFields FIELDS = new LlamaFields(Map.of());
  private static final String ALL_DIM = "mscale_all_dim";

  private DeepSeekFields() {}

  /// The fields of a file with defaults for missing ones; `own` are the family's.
  static ConfigFields complete(ConfigFields file, Map<String, Object> own) {
    return file.withDefaults(LATENT).withDefaults(own);
  }

  /// The model without its routing.
  ///
  /// @param config completed with the family's defaults
  /// @param interleaved whether rotary pairs are interleaved
  static ModelConfig read(ConfigFields config, Family family, boolean interleaved)
      throws FormatException {
    var latent =
        new LatentAttention(
            config.optionalSize("q_lora_rank").orElse(0),
            config.size("kv_lora_rank"),
            config.size("qk_nope_head_dim"),
            config.size("qk_rope_head_dim"),
            config.size("v_head_dim"));
    if (config.flag("mlp_bias", false)) {
      throw config.wrong("mlp_bias", "is true, which is not supported");
    }
    if (config.sizeOr("moe_layer_freq", 1) != 1) {
      throw config.wrong("moe_layer_freq", "is not 1, which is not supported");
    }
    int heads = config.size("num_attention_heads");
    var whole = config.with(Map.of("head_dim", latent.headSize(), "num_key_value_heads", heads));
    var plain = FIELDS.read(whole, family);
    boolean bias = config.flag("attention_bias", false);
    var attention = plain.attention();
    var scores = attention.scores();
    return plain
        .withAttention(
            attention
                .withBias(bias, bias)
                .withScores(scores.withScale(scale(config, scores.scale())))
                .withLatent(latent))
        .withPositions(
            ((Positions.Rotary) plain.positions())
                .withSize(latent.ropeSize())
                .withInterleaved(interleaved));
  }

  /// YaRN's `mscale_all_dim` scales the scores: once for the queries and once for the keys.
  private static float scale(ConfigFields config, float plain) throws FormatException {
    String field = config.has("rope_parameters") ? "rope_parameters" : "rope_scaling";
    var rope = config.fields(field);
    if (rope.isEmpty() || rope.get().numberOr(ALL_DIM, 0) == 0) {
      return plain;
    }
    double factor = rope.get().positiveOr("factor", 1);
    double all = RotaryFields.yarnAttention(factor, rope.get().numberOr(ALL_DIM, 0));
    return (float) (plain * all * all);
  }

  /// Adds the experts, if there are any.
  static ModelConfig withExperts(ModelConfig plain, ConfigFields config, Routing routing)
      throws FormatException {
    if (!config.has("n_routed_experts")) {
      return plain;
    }
    int dense = config.countOr("first_k_dense_replace", 0);
    if (dense >= plain.layers()) {
      return plain;
    }
    int width = config.size("moe_intermediate_size");
    var experts =
        new Experts(
            config.size("n_routed_experts"),
            width,
            Math.multiplyExact(width, config.countOr("n_shared_experts", 0)),
            routing,
            routing.scoring() == Routing.Scoring.SIGMOID,
            false,
            Experts.Layout.SEPARATE,
            IntStream.range(0, dense).boxed().collect(Collectors.toSet()));
    return plain.withFeedForward(plain.feedForward().withExperts(experts));
  }

  static void write(ModelConfig model, ObjectNode config) {
    FIELDS.write(model, config);
    var attention = model.attention();
    var latent = attention.latent().orElseThrow();
    config
        .put("head_dim", latent.ropeSize())
        .put("attention_bias", attention.inputBias())
        .put("kv_lora_rank", latent.keyValueRank())
        .put("qk_nope_head_dim", latent.nopeSize())
        .put("qk_rope_head_dim", latent.ropeSize())
        .put("v_head_dim", latent.valueSize());
    if (latent.queryRank() == 0) {
      config.putNull("q_lora_rank");
    } else {
      config.put("q_lora_rank", latent.queryRank());
    }
    var rotary = (Positions.Rotary) model.positions();
    var rope = config.putObject("rope_parameters");
    RotaryFields.write(rotary.rope(), rope);
    writeScale(attention, rotary.rope().scaling(), rope);
    var experts = model.feedForward().experts();
    if (experts.isEmpty()) {
      // transformers asks for a number of experts, and for none where all layers are dense
      config.put("n_routed_experts", 1).put("first_k_dense_replace", model.layers());
    } else {
      writeExperts(experts.get(), config);
    }
  }

  /// The weight of YaRN that gives the scores their scale.
  private static void writeScale(
      ModelConfig.Attention attention, RotaryScaling scaling, ObjectNode rope) {
    double all = Math.sqrt(attention.scores().scale() * Math.sqrt(attention.headSize()));
    if (scaling instanceof RotaryScaling.Yarn yarn
        && yarn.factor() > 1
        && Math.abs(all - 1) > 1e-6) {
      rope.put(ALL_DIM, (all - 1) / (0.1 * Math.log(yarn.factor())));
    }
  }

  private static void writeExperts(Experts experts, ObjectNode config) {
    var routing = experts.routing();
    config
        .put("n_routed_experts", experts.count())
        .put("n_shared_experts", experts.sharedWidth() / experts.width())
        .put("moe_intermediate_size", experts.width())
        .put("first_k_dense_replace", experts.denseLayers().size())
        .put("num_experts_per_tok", routing.perToken())
        .put("n_group", routing.groups())
        .put("topk_group", routing.groupsPerToken())
        .put("norm_topk_prob", routing.normalized())
        .put("routed_scaling_factor", HuggingFaceConfig.decimal(routing.scale()));
  }
}
