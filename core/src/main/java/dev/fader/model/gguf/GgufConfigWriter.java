package dev.fader.model.gguf;

import dev.fader.format.GgufMetadataBuilder;
import dev.fader.grad.Routing;
import dev.fader.model.Experts;
import dev.fader.model.LatentAttention;
import dev.fader.model.ModelConfig;
import dev.fader.model.ModelConfigException;
import dev.fader.model.Positions;
import dev.fader.model.RotaryScaling;
import dev.fader.model.family.HuggingFaceConfig;
import java.util.Collections;
import java.util.List;
import java.util.TreeSet;

/// Writes a configuration as GGUF metadata, the inverse of [GgufConfigReader].
public final class GgufConfigWriter {
  private final ModelConfig model;
  private final GgufArchitecture architecture;
  private final GgufMetadataBuilder fields;

  private GgufConfigWriter(ModelConfig model, GgufMetadataBuilder fields) {
    this.model = model;
    this.architecture = GgufArchitecture.of(model);
    this.fields = fields;
  }

  /// Adds the configuration of `model` to `fields`, except its special tokens.
  public static void write(ModelConfig model, GgufMetadataBuilder fields) {
    var writer = new GgufConfigWriter(model, fields);
    writer.requireExpressible();
    writer.writeSizes();
    writer.writeAttention();
    writer.writeExperts();
    writer.writeScales();
    if (model.positions() instanceof Positions.Rotary rotary) {
      writer.writeRotary(rotary);
    }
  }

  /// Adds the tokens that begin and end texts.
  public static void writeSpecialTokens(
      ModelConfig.SpecialTokens special, GgufMetadataBuilder fields) {
    if (special.begin() >= 0) {
      fields.uint32("tokenizer.ggml.bos_token_id", special.begin());
    }
    var names = List.of("eos", "eot", "eom");
    for (int i = 0; i < Math.min(names.size(), special.ends().size()); i++) {
      fields.uint32("tokenizer.ggml." + names.get(i) + "_token_id", special.ends().get(i));
    }
  }

  /// Files do not contain what is fixed by the architecture: a model that differs would be read
  /// back as another one.
  private void requireExpressible() {
    var feedForward = model.feedForward();
    boolean clamped = feedForward.experts().map(Experts::clampedGate).orElse(false);
    require(
        clamped || feedForward.activation() == architecture.activation(),
        "its activation is " + feedForward.activation().title());
    require(!model.attention().scores().scaledByLayer(), "scores are scaled by layer");
    if (model.positions() instanceof Positions.Rotary rotary) {
      require(
          model.attention().latent().isEmpty() || rotary.interleaved(),
          "the rotated columns of latent attention are halves and not pairs");
      require(
          rotary.windowRope().stream()
              .allMatch(rope -> rope.scaling() instanceof RotaryScaling.None),
          "the positions of layers with a window are scaled");
      boolean truncated = architecture != GgufArchitecture.GPT_OSS;
      require(
          !(rotary.rope().scaling() instanceof RotaryScaling.Yarn yarn)
              || yarn.truncated() == truncated,
          "the ends of YaRN's blend are %swhole pairs".formatted(truncated ? "no " : ""));
      require(
          rotary.nopeLayers().equals(GgufRotary.nopeLayers(architecture, model.layers())),
          "layers %s have no positions".formatted(new TreeSet<>(rotary.nopeLayers())));
    }
  }

  private void require(boolean sayable, String what) {
    if (!sayable) {
      throw new ModelConfigException(
          "a GGUF file of %s cannot say that %s".formatted(architecture.label(), what));
    }
  }

  private String full(String key) {
    return architecture.label() + "." + key;
  }

  private void size(String key, int value) {
    fields.uint32(full(key), value);
  }

  private void number(String key, double value) {
    fields.float32(full(key), value);
  }

  private void writeSizes() {
    fields.text("general.architecture", architecture.label()).text("general.type", "model");
    size("vocab_size", model.vocabularySize());
    size("block_count", model.layers());
    size("context_length", model.context());
    size("embedding_length", model.width());
    size("feed_forward_length", model.feedForward().width());
  }

  private void writeAttention() {
    var attention = model.attention();
    size("attention.head_count", attention.heads());
    size("attention.head_count_kv", attention.keyValueHeads());
    var latent = attention.latent();
    if (latent.isPresent()) {
      if (latent.get().queryRank() > 0) {
        size("attention.q_lora_rank", latent.get().queryRank());
      }
      size("attention.kv_lora_rank", latent.get().keyValueRank());
    }
    if (architecture != GgufArchitecture.GPT2) {
      size("attention.key_length", attention.headSize());
      size(
          "attention.value_length",
          latent.map(LatentAttention::valueSize).orElse(attention.headSize()));
    }
    boolean layerNorm =
        architecture == GgufArchitecture.GPT2 || architecture == GgufArchitecture.STARCODER2;
    number(
        layerNorm ? "attention.layer_norm_epsilon" : "attention.layer_norm_rms_epsilon",
        model.norm().epsilon());
    int window = Collections.max(attention.windows());
    if (window > 0) {
      size("attention.sliding_window", window);
      writeWindows();
    }
  }

  /// Which layers have the window, unless it is the architecture's default.
  private void writeWindows() {
    var windows = model.attention().windows();
    int pattern = architecture.windowPattern();
    var windowed = new boolean[windows.size()];
    boolean usual = true;
    for (int layer = 0; layer < windowed.length; layer++) {
      windowed[layer] = windows.get(layer) > 0;
      usual &= windowed[layer] == (pattern == 0 || (layer + 1) % pattern != 0);
    }
    if (!usual) {
      fields.bools(full("attention.sliding_window_pattern"), windowed);
    }
  }

  private void writeExperts() {
    var some = model.feedForward().experts();
    if (some.isEmpty()) {
      return;
    }
    var experts = some.get();
    size("expert_count", experts.count());
    size("expert_used_count", experts.routing().perToken());
    size("expert_feed_forward_length", experts.width());
    var routing = experts.routing();
    if (architecture != GgufArchitecture.DEEPSEEK2 && !routing.normalized()) {
      fields.bool(full("expert_weights_norm"), false);
    }
    if (architecture == GgufArchitecture.DEEPSEEK2) {
      size("expert_shared_count", experts.sharedWidth() / experts.width());
      size("leading_dense_block_count", experts.denseLayers().size());
      number("expert_weights_scale", routing.scale());
      fields.bool(full("expert_weights_norm"), routing.normalized());
      size("expert_gating_func", routing.scoring() == Routing.Scoring.SIGMOID ? 2 : 1);
      size("expert_group_count", routing.groups());
      size("expert_group_used_count", routing.groupsPerToken());
    }
  }

  private void writeScales() {
    float cap = model.attention().scores().softCap();
    switch (architecture) {
      case GEMMA2 -> {
        number("attn_logit_softcapping", cap);
        number("final_logit_softcapping", model.embedding().logitSoftCap());
        writeScale();
      }
      case GEMMA3 -> {
        if (model.embedding().logitSoftCap() > 0) {
          number("final_logit_softcapping", model.embedding().logitSoftCap());
        }
        writeScale();
      }
      case GRANITE -> {
        number("attention.scale", model.attention().scores().scale());
        number("residual_scale", model.norm().branchScale());
        number("embedding_scale", model.embedding().scale());
        number("logit_scale", 1 / HuggingFaceConfig.decimal(model.embedding().logitScale()));
      }
      case DEEPSEEK2 -> {} // with YaRN
      default -> writeScale();
    }
  }

  /// Programs that ignore this key use the default scale, which most models have.
  private void writeScale() {
    double usual = 1 / Math.sqrt(model.attention().headSize());
    if (Math.abs(model.attention().scores().scale() - usual) > 1e-6 * usual) {
      number("attention.scale", model.attention().scores().scale());
    }
  }

  private void writeRotary(Positions.Rotary rotary) {
    int whole =
        model
            .attention()
            .latent()
            .map(LatentAttention::ropeSize)
            .orElse(model.attention().headSize());
    size("rope.dimension_count", rotary.size() == 0 ? whole : rotary.size());
    number("rope.freq_base", rotary.rope().theta());
    rotary.windowRope().ifPresent(rope -> number("rope.freq_base_swa", rope.theta()));
    switch (rotary.rope().scaling()) {
      case RotaryScaling.None() -> {
        if (architecture == GgufArchitecture.DEEPSEEK2) {
          number(GgufRotary.LOG_MULTIPLIER, 0); // llama.cpp asked for it, too, until 2025
        }
      }
      case RotaryScaling.Llama3 _ -> {} // in a tensor
      case RotaryScaling.Linear(double factor) -> {
        fields.text(full("rope.scaling.type"), "linear");
        number("rope.scaling.factor", factor);
      }
      case RotaryScaling.Longrope longrope -> {
        size("rope.scaling.original_context_length", longrope.originalContext());
        number("rope.scaling.attn_factor", longrope.attentionFactor());
      }
      case RotaryScaling.Yarn yarn -> {
        fields.text(full("rope.scaling.type"), "yarn");
        number("rope.scaling.factor", yarn.factor());
        size("rope.scaling.original_context_length", yarn.originalContext());
        number("rope.scaling.yarn_beta_fast", yarn.betaFast());
        number("rope.scaling.yarn_beta_slow", yarn.betaSlow());
        writeMagnitude(yarn);
      }
    }
  }

  /// DeepSeek multiplies scores by the square of YaRN's logarithmic factor, once for queries and
  /// once for keys. Cosines and sines are then usually not scaled.
  private void writeMagnitude(RotaryScaling.Yarn yarn) {
    var attention = model.attention();
    double grown = Math.sqrt(attention.scores().scale() * Math.sqrt(attention.headSize()));
    boolean grows =
        architecture == GgufArchitecture.DEEPSEEK2
            && yarn.factor() > 1
            && Math.abs(grown - 1) > 1e-6;
    if (grows) {
      number(GgufRotary.LOG_MULTIPLIER, (grown - 1) / Math.log(yarn.factor()));
    }
    double magnitude = yarn.magnitude();
    if (grows ? magnitude != 1 : yarn.attentionFactor() != 0) {
      number("rope.scaling.yarn_attn_factor", magnitude);
    }
  }
}
