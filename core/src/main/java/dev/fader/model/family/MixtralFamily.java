package dev.fader.model.family;

import dev.fader.format.FormatException;
import dev.fader.grad.Routing;
import dev.fader.grad.Routing.Scoring;
import dev.fader.model.Experts;
import dev.fader.model.ModelConfig;
import dev.fader.model.Role;
import dev.fader.model.family.LlamaFields.Defaults;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/// Mixtral (Jiang et al. 2024): Mistral whose feed-forward networks are experts.
final class MixtralFamily extends Family {
  MixtralFamily() {
    super(
        "mixtral",
        "MixtralForCausalLM",
        LlamaFamily.NAMES.with(
            Map.of(
                Role.ROUTER, "model.layers.%d.block_sparse_moe.gate",
                Role.EXPERT_GATE, "model.layers.%d.block_sparse_moe.experts.%d.w1",
                Role.EXPERT_UP, "model.layers.%d.block_sparse_moe.experts.%d.w3",
                Role.EXPERT_DOWN, "model.layers.%d.block_sparse_moe.experts.%d.w2")));
  }

  private static final Defaults DEFAULTS =
      new Defaults(
          Map.of(
              "num_key_value_heads", 8,
              "rms_norm_eps", 1e-5,
              "num_local_experts", 8,
              "num_experts_per_tok", 2),
          1_000_000);

  @Override
  ModelConfig read(ConfigFields config) throws FormatException {
    var plain = LlamaFields.read(config, this, DEFAULTS);
    var fields = config.withDefaults(DEFAULTS.values());
    var experts =
        new Experts(
            fields.size("num_local_experts"),
            plain.feedForward().width(),
            0,
            new Routing(Scoring.SOFTMAX, fields.size("num_experts_per_tok"), true),
            false,
            false,
            Experts.Layout.SEPARATE,
            Set.of());
    return plain
        .withAttention(
            plain.attention().withWindows(LlamaFields.sameWindows(config, plain.layers())))
        .withFeedForward(plain.feedForward().withExperts(experts));
  }

  @Override
  void write(ModelConfig model, ObjectNode config) {
    LlamaFields.write(model, config);
    LlamaFields.writeSameWindows(model, config);
    var experts = model.feedForward().experts().orElseThrow();
    config
        .put("num_local_experts", experts.count())
        .put("num_experts_per_tok", experts.routing().perToken());
  }
}
