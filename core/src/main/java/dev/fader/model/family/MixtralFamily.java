package dev.fader.model.family;

import dev.fader.format.FormatException;
import dev.fader.grad.Routing;
import dev.fader.grad.Routing.Scoring;
import dev.fader.model.Experts;
import dev.fader.model.ModelConfig;
import dev.fader.model.Role;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/// Mixtral (Jiang et al. 2024): Mistral with experts.
final class MixtralFamily extends Family {
  private static final LlamaFields FIELDS =
      new LlamaFields(
              Map.of(
                  "num_key_value_heads", 8,
                  "rms_norm_eps", 1e-5,
                  "num_local_experts", 8,
                  "num_experts_per_tok", 2))
          .withTheta(1_000_000)
          .withWindow();

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

  @Override
  ModelConfig read(ConfigFields config) throws FormatException {
    var plain = FIELDS.read(config, this);
    var feedForward = plain.feedForward();
    var fields = FIELDS.complete(config);
    var routing = new Routing(Scoring.SOFTMAX, fields.size("num_experts_per_tok"), true);
    var experts = new Experts(fields.size("num_local_experts"), feedForward.width(), routing);
    return plain.withFeedForward(feedForward.withExperts(experts));
  }

  @Override
  void write(ModelConfig model, ObjectNode config) {
    FIELDS.write(model, config);
    var experts = model.feedForward().experts().orElseThrow();
    config
        .put("num_local_experts", experts.count())
        .put("num_experts_per_tok", experts.routing().perToken());
  }
}
