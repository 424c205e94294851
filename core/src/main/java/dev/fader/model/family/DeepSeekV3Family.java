package dev.fader.model.family;

import dev.fader.format.FormatException;
import dev.fader.grad.Routing;
import dev.fader.grad.Routing.Scoring;
import dev.fader.model.ModelConfig;
import dev.fader.model.Positions;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/// DeepSeek-V3 and R1 (arXiv:2412.19437): independent sigmoid scores of experts, with a learned
/// correction.
final class DeepSeekV3Family extends Family {
  DeepSeekV3Family() {
    super("deepseek_v3", "DeepseekV3ForCausalLM", DeepSeekFields.NAMES);
  }

  private static final String INTERLEAVED = "rope_interleave";

  private static final Map<String, Object> DEFAULTS =
      Map.of(
          "moe_intermediate_size", 2048,
          "n_routed_experts", 256,
          "n_shared_experts", 1,
          "num_experts_per_tok", 8,
          "first_k_dense_replace", 3,
          "n_group", 8,
          "topk_group", 4);

  @Override
  ModelConfig read(ConfigFields file) throws FormatException {
    var config = DeepSeekFields.complete(file, DEFAULTS);
    var plain = DeepSeekFields.read(config, this, config.flag(INTERLEAVED, true));
    var routing =
        new Routing(
            Scoring.SIGMOID,
            config.size("num_experts_per_tok"),
            config.flag("norm_topk_prob", true),
            (float) config.positiveOr("routed_scaling_factor", 2.5),
            config.size("n_group"),
            config.size("topk_group"));
    return DeepSeekFields.withExperts(plain, config, routing);
  }

  @Override
  void write(ModelConfig model, ObjectNode config) {
    DeepSeekFields.write(model, config);
    config.put(INTERLEAVED, ((Positions.Rotary) model.positions()).interleaved());
  }
}
