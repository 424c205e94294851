package dev.fader.model.family;

import dev.fader.format.FormatException;
import dev.fader.grad.Routing;
import dev.fader.grad.Routing.Scoring;
import dev.fader.model.Experts;
import dev.fader.model.ModelConfig;
import dev.fader.model.Positions;
import dev.fader.model.Role;
import dev.fader.model.RotaryScaling;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/// gpt-oss (OpenAI 2025): experts with biases and a clamped gate, attention sinks, a window in
/// every other layer.
final class GptOssFamily extends Family {
  private static final LlamaFields FIELDS =
      new LlamaFields(
              Map.of(
                  "num_key_value_heads", 8,
                  "head_dim", 64,
                  "rms_norm_eps", 1e-5,
                  "num_local_experts", 128,
                  "num_experts_per_tok", 4))
          .withTheta(150_000);

  GptOssFamily() {
    super(
        "gpt_oss",
        "GptOssForCausalLM",
        LlamaFamily.NAMES
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
                    Role.EXPERT_DOWN)));
  }

  static final String MXFP4 = "mxfp4";
  private static final double LIMIT = 7;

  /// The defaults of the published models.
  private static Positions usualPositions(ConfigFields config) throws FormatException {
    double theta = config.positiveOr("rope_theta", FIELDS.theta());
    return new Positions.Rotary(theta, new RotaryScaling.Yarn(32, 32, 1, 4096, 0, false));
  }

  /// Experts in MXFP4 come as one tensor per role.
  private static boolean isPacked(ConfigFields config) throws FormatException {
    var packing = config.fields("quantization_config");
    return packing.isPresent() && packing.get().text("quant_method").orElse("").equals(MXFP4);
  }

  @Override
  ModelConfig read(ConfigFields config) throws FormatException {
    var plain = FIELDS.read(config, this);
    var fields = FIELDS.complete(config);
    if (config.numberOr("swiglu_limit", LIMIT) != LIMIT) {
      throw config.wrong("swiglu_limit", "is not 7, which is the only one that is known");
    }
    boolean bias = config.flag("attention_bias", true);
    int window = LlamaFields.window(fields, 128);
    boolean scaled = config.has("rope_parameters") || config.has("rope_scaling");
    var experts =
        new Experts(
            fields.size("num_local_experts"),
            plain.feedForward().width(),
            0,
            new Routing(Scoring.SOFTMAX, fields.size("num_experts_per_tok"), true),
            false,
            true,
            isPacked(config) ? Experts.Layout.STACKED : Experts.Layout.INTERLEAVED,
            Set.of());
    var attention = plain.attention();
    return plain
        .withPositions(scaled ? plain.positions() : usualPositions(config))
        .withAttention(
            attention
                .withBias(bias, bias)
                .withScores(attention.scores().withSinks())
                .withWindows(
                    LayerTypes.windows(config, plain.layers(), window, layer -> layer % 2 == 0)))
        .withFeedForward(plain.feedForward().withBias(true).withExperts(experts));
  }

  @Override
  void write(ModelConfig model, ObjectNode config) {
    FIELDS.write(model, config);
    LlamaFields.writeSameWindows(model, config);
    LayerTypes.write(model, config);
    var experts = model.feedForward().experts().orElseThrow();
    config
        .put("attention_bias", model.attention().inputBias())
        .put("swiglu_limit", LIMIT)
        .put("num_local_experts", experts.count())
        .put("num_experts_per_tok", experts.routing().perToken());
  }
}
