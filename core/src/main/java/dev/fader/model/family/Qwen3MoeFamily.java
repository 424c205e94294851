package dev.fader.model.family;

import dev.fader.format.FormatException;
import dev.fader.grad.Routing;
import dev.fader.grad.Routing.Scoring;
import dev.fader.model.Experts;
import dev.fader.model.ModelConfig;
import dev.fader.model.ParameterNames;
import dev.fader.model.Role;
import java.util.Collections;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/// Qwen 3 with experts in some or all layers (Yang et al. 2025).
final class Qwen3MoeFamily extends Family {
  static final ParameterNames NAMES =
      LlamaFamily.NAMES.with(
          Map.of(
              Role.ROUTER, "model.layers.%d.mlp.gate",
              Role.ROUTER_CORRECTION, "model.layers.%d.mlp.gate.e_score_correction_bias",
              Role.EXPERT_GATE, "model.layers.%d.mlp.experts.%d.gate_proj",
              Role.EXPERT_UP, "model.layers.%d.mlp.experts.%d.up_proj",
              Role.EXPERT_DOWN, "model.layers.%d.mlp.experts.%d.down_proj",
              Role.SHARED_GATE, "model.layers.%d.mlp.shared_experts.gate_proj",
              Role.SHARED_UP, "model.layers.%d.mlp.shared_experts.up_proj",
              Role.SHARED_DOWN, "model.layers.%d.mlp.shared_experts.down_proj"));

  private static final LlamaFields FIELDS =
      new LlamaFields(
              Map.of(
                  "num_key_value_heads", 4,
                  "head_dim", 128,
                  "num_experts", 128,
                  "num_experts_per_tok", 8,
                  "moe_intermediate_size", 768))
          .withBiases(LlamaFields.ATTENTION_BIAS);

  Qwen3MoeFamily() {
    super("qwen3_moe", "Qwen3MoeForCausalLM", NAMES);
  }

  /// The dense layers: those not selected by `decoder_sparse_step`, and the listed ones.
  private static Set<Integer> dense(ConfigFields config, int layers) throws FormatException {
    int step = config.sizeOr("decoder_sparse_step", 1);
    var dense = new HashSet<Integer>();
    if (config.has("mlp_only_layers")) {
      dense.addAll(config.integers("mlp_only_layers"));
    }
    for (int layer = 0; layer < layers; layer++) {
      if ((layer + 1) % step != 0) {
        dense.add(layer);
      }
    }
    return dense;
  }

  @Override
  ModelConfig read(ConfigFields config) throws FormatException {
    var plain = FIELDS.read(config, this);
    var fields = FIELDS.complete(config);
    var experts =
        new Experts(
            fields.has("num_local_experts")
                ? fields.size("num_local_experts")
                : fields.size("num_experts"),
            fields.size("moe_intermediate_size"),
            new Routing(
                Scoring.SOFTMAX,
                fields.size("num_experts_per_tok"),
                fields.flag("norm_topk_prob", false)));
    // here all layers have the window, or none
    var windows = Collections.nCopies(plain.layers(), Qwen2Family.window(config));
    return plain
        .withAttention(
            plain
                .attention()
                .withQueryKeyNorm(ModelConfig.QueryKeyNorm.EACH_HEAD)
                .withWindows(windows))
        .withFeedForward(
            plain
                .feedForward()
                .withExperts(experts.withDenseLayers(dense(config, plain.layers()))));
  }

  @Override
  void write(ModelConfig model, ObjectNode config) {
    FIELDS.write(model, config);
    Qwen2Family.writeWindow(model, config);
    var experts = model.feedForward().experts().orElseThrow();
    config
        .put("num_experts", experts.count())
        .put("num_experts_per_tok", experts.routing().perToken())
        .put("moe_intermediate_size", experts.width())
        .put("norm_topk_prob", experts.routing().normalized())
        .put("decoder_sparse_step", 1);
    var dense = config.putArray("mlp_only_layers");
    experts.denseLayers().stream().sorted().forEach(dense::add);
  }
}
