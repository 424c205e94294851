package dev.fader.model;

import dev.fader.format.FormatException;
import dev.fader.model.LlamaFields.Defaults;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/// Phi-3 and 3.5 (Abdin et al. 2024): Llama whose projections stand in one matrix.
record Phi3Family() implements Family {
  private static final int ORIGINAL = 4096;

  @Override
  public String name() {
    return "phi3";
  }

  @Override
  public String architecture() {
    return "Phi3ForCausalLM";
  }

  @Override
  public WeightNames names() {
    return WeightNames.PHI3;
  }

  @Override
  public ModelConfig read(ConfigFields config) throws FormatException {
    var plain =
        LlamaFields.read(
            config, name(), new Defaults(Map.of("rms_norm_eps", 1e-5), RotaryDialect.THETA, true));
    var frame =
        new RotaryDialect.Frame(
            plain.context(), ORIGINAL, plain.attention().headSize(), RotaryDialect.THETA);
    return plain
        .withAttention(
            plain.attention().withWindows(LlamaFields.sameWindows(config, plain.layers())))
        .withPositions(RotaryDialect.read(config, frame));
  }

  @Override
  public void write(ModelConfig model, ObjectNode config) {
    LlamaFields.write(model, config);
    LlamaFields.writeSameWindows(model, config);
    // transformers takes it from here, whatever rope_parameters says
    if (model.positions() instanceof Positions.Rotary rotary
        && rotary.waves().scaling() instanceof RotaryScaling.Longrope longrope) {
      config.put("original_max_position_embeddings", longrope.originalContext());
    }
  }
}
