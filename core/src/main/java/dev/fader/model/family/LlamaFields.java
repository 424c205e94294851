package dev.fader.model.family;

import dev.fader.format.FormatException;
import dev.fader.kernel.row.Normalization;
import dev.fader.model.ModelConfig;
import dev.fader.model.Positions;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.node.ObjectNode;

/// The `config.json` fields that Llama and the families derived from it share.
///
/// @param defaults values of missing fields
/// @param theta the default base of the rotary frequencies
/// @param biases which of [#ATTENTION_BIAS] and [#MLP_BIAS] the family has, off by default
/// @param windowed whether all layers have the window in `sliding_window`, if there is one
/// @param partial whether the family supports rotating a part of each head
record LlamaFields(
    Map<String, Object> defaults,
    double theta,
    Set<String> biases,
    boolean windowed,
    boolean partial) {
  static final String ATTENTION_BIAS = "attention_bias";
  static final String MLP_BIAS = "mlp_bias";

  private static final String HEAD_SIZE = "head_dim";
  private static final String KEY_VALUE_HEADS = "num_key_value_heads";

  LlamaFields(Map<String, Object> defaults) {
    this(defaults, RotaryFields.THETA, Set.of(), false, false);
  }

  /// A copy with another base of the rotary frequencies.
  LlamaFields withTheta(double base) {
    return new LlamaFields(defaults, base, biases, windowed, partial);
  }

  /// A copy with fields for biases.
  LlamaFields withBiases(String... fields) {
    return new LlamaFields(defaults, theta, Set.of(fields), windowed, partial);
  }

  /// A copy with one window for all layers.
  LlamaFields withWindow() {
    return new LlamaFields(defaults, theta, biases, true, partial);
  }

  /// A copy with partial rotation.
  LlamaFields withPartialRotation() {
    return new LlamaFields(defaults, theta, biases, windowed, true);
  }

  /// The fields of a file with defaults for missing ones.
  ConfigFields complete(ConfigFields file) {
    return file.withDefaults(defaults);
  }

  /// A Llama, to be changed by the family.
  ModelConfig read(ConfigFields file, Family family) throws FormatException {
    var config = complete(file);
    int width = config.size("hidden_size");
    int context = config.size("max_position_embeddings");
    int layers = HuggingFaceConfig.layers(config, "num_hidden_layers");
    int keyValueHeads = keyValueHeads(file, config.size("num_attention_heads"));
    var attention = attention(config, width, layers, keyValueHeads);
    if (!partial) {
      RotaryFields.requireWhole(config);
    }
    return new ModelConfig(
        family.names(),
        config.size("vocab_size"),
        context,
        width,
        layers,
        HuggingFaceConfig.sharedLayers(config),
        attention,
        new ModelConfig.FeedForward(
            config.size("intermediate_size"),
            ActivationNames.read(config, "hidden_act", "silu"),
            true,
            bias(config, MLP_BIAS)),
        new ModelConfig.Norm(
            Normalization.Kind.RMS, (float) config.positiveOr("rms_norm_eps", 1e-6), 0, false),
        RotaryFields.read(
            config, new RotaryFields.Defaults(context, context, attention.headSize(), theta)),
        new ModelConfig.Embedding(config.flag("tie_word_embeddings", false), 1, 0),
        HuggingFaceConfig.specialTokens(config),
        HuggingFaceConfig.initializerRange(config));
  }

  private boolean bias(ConfigFields config, String field) throws FormatException {
    return biases.contains(field) && config.flag(field, false);
  }

  private ModelConfig.Attention attention(
      ConfigFields config, int width, int layers, int keyValueHeads) throws FormatException {
    int heads = config.size("num_attention_heads");
    int headSize =
        config.has(HEAD_SIZE)
            ? config.size(HEAD_SIZE)
            : HuggingFaceConfig.headSize(config, width, heads, "hidden_size");
    if (config.flag("use_bidirectional_attention", false)) {
      throw config.wrong("use_bidirectional_attention", "is true, which no decoder here can do");
    }
    return new ModelConfig.Attention(
        heads,
        keyValueHeads,
        headSize,
        bias(config, ATTENTION_BIAS),
        bias(config, ATTENTION_BIAS),
        false,
        (float) (1 / Math.sqrt(headSize)),
        0,
        windowed ? sameWindows(config, layers) : Collections.nCopies(layers, 0));
  }

  /// The default of the family's first model, if it fits.
  private int keyValueHeads(ConfigFields file, int heads) throws FormatException {
    boolean left = !file.object().has(KEY_VALUE_HEADS);
    return left && defaults.get(KEY_VALUE_HEADS) instanceof Integer usual && heads % usual == 0
        ? usual
        : file.sizeOr(KEY_VALUE_HEADS, heads);
  }

  /// An explicit `null` disables windows; a missing field has the default.
  static int window(ConfigFields config, int otherwise) throws FormatException {
    boolean off = config.object().has("sliding_window") && !config.has("sliding_window");
    return off ? 0 : config.sizeOr("sliding_window", otherwise);
  }

  /// One window for all layers, if `sliding_window` has one.
  private static List<Integer> sameWindows(ConfigFields config, int layers) throws FormatException {
    return Collections.nCopies(layers, config.optionalSize("sliding_window").orElse(0));
  }

  /// An explicit `null` disables the cap; a missing field has the default.
  static float softCap(ConfigFields config, String field, double otherwise) throws FormatException {
    boolean off = config.object().has(field) && !config.has(field);
    return off ? 0 : (float) config.numberOr(field, otherwise);
  }

  static void writeSoftCap(ObjectNode config, String field, float cap) {
    if (cap == 0) {
      config.putNull(field);
    } else {
      config.put(field, HuggingFaceConfig.decimal(cap));
    }
  }

  /// The common window of all layers, 0 for none.
  static void writeSameWindows(ModelConfig model, ObjectNode config) {
    int window = Collections.max(model.attention().windows());
    if (window > 0) {
      config.put("sliding_window", window);
    } else {
      config.putNull("sliding_window");
    }
  }

  void write(ModelConfig model, ObjectNode config) {
    var attention = model.attention();
    config
        .put("max_position_embeddings", model.context())
        .put("hidden_size", model.width())
        .put("num_hidden_layers", model.layers())
        .put("num_attention_heads", attention.heads())
        .put(KEY_VALUE_HEADS, attention.keyValueHeads())
        .put(HEAD_SIZE, attention.headSize())
        .put("intermediate_size", model.feedForward().width())
        .put("hidden_act", model.feedForward().activation().title())
        .put("rms_norm_eps", HuggingFaceConfig.decimal(model.norm().epsilon()))
        .put("attention_dropout", 0.0);
    if (model.positions() instanceof Positions.Rotary rotary) {
      RotaryFields.write(rotary, attention.headSize(), config);
    }
    if (biases.contains(ATTENTION_BIAS)) {
      config.put(ATTENTION_BIAS, attention.inputBias());
    }
    if (biases.contains(MLP_BIAS)) {
      config.put(MLP_BIAS, model.feedForward().bias());
    }
    if (windowed) {
      writeSameWindows(model, config);
    }
  }
}
