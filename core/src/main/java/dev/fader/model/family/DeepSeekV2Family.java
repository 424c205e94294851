package dev.fader.model.family;

import dev.fader.format.FormatException;
import dev.fader.grad.Routing;
import dev.fader.grad.Routing.Scoring;
import dev.fader.model.ModelConfig;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/// DeepSeek-V2 (arXiv:2405.04434): latent attention, and experts selected by softmax.
final class DeepSeekV2Family extends Family {
  DeepSeekV2Family() {
    super("deepseek_v2", "DeepseekV2ForCausalLM", DeepSeekFields.NAMES);
  }

  private static final String GREEDY = "greedy";
  private static final String GROUPS = "group_limited_greedy";

  private static final Map<String, Object> DEFAULTS =
      Map.of(
          "n_routed_experts", 64,
          "n_shared_experts", 2,
          "moe_intermediate_size", 1407);

  @Override
  ModelConfig read(ConfigFields file) throws FormatException {
    var config = DeepSeekFields.complete(file, DEFAULTS);
    var plain = DeepSeekFields.read(config, this, true);
    String method = config.text("topk_method").orElse(GREEDY);
    if (!method.equals(GREEDY) && !method.equals(GROUPS)) {
      throw config.wrong(
          "topk_method",
          "unknown method %s; known are %s, %s"
              .formatted(FormatException.quoted(method), GREEDY, GROUPS));
    }
    boolean groups = method.equals(GROUPS);
    var routing =
        new Routing(
            Scoring.SOFTMAX,
            config.size("num_experts_per_tok"),
            false, // transformers reads norm_topk_prob but ignores it
            (float) config.positiveOr("routed_scaling_factor", 1),
            groups ? config.size("n_group") : 1,
            groups ? config.size("topk_group") : 1);
    return DeepSeekFields.withExperts(plain, config, routing);
  }

  @Override
  void write(ModelConfig model, ObjectNode config) {
    DeepSeekFields.write(model, config);
    var experts = model.feedForward().experts();
    boolean groups = experts.isPresent() && experts.get().routing().groups() > 1;
    config.put("topk_method", groups ? GROUPS : GREEDY);
  }
}
