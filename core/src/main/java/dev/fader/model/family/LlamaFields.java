package dev.fader.model.family;

import dev.fader.format.FormatException;
import dev.fader.kernel.row.Normalization;
import dev.fader.model.ModelConfig;
import dev.fader.model.Positions;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/// The fields that Llama and the families after it have in common.
final class LlamaFields {
  private static final String HEAD_SIZE = "head_dim";
  private static final String KEY_VALUE_HEADS = "num_key_value_heads";

  private LlamaFields() {}

  /// What a family's file may leave out, beside the values of the fields that it does not name.
  ///
  /// @param values by field
  /// @param theta the base of the rotary wavelengths
  /// @param partial whether the family can turn a part of each head
  record Defaults(Map<String, Object> values, double theta, boolean partial) {
    Defaults(Map<String, Object> values, double theta) {
      this(values, theta, false);
    }

    Defaults(Map<String, Object> values) {
      this(values, RotaryFields.THETA);
    }
  }

  /// A Llama without biases: what a family then changes.
  static ModelConfig read(ConfigFields file, Family family, Defaults defaults)
      throws FormatException {
    var config = file.withDefaults(defaults.values());
    int width = config.size("hidden_size");
    int context = config.size("max_position_embeddings");
    int layers = HuggingFaceConfig.layers(config, "num_hidden_layers");
    int keyValueHeads = keyValueHeads(file, defaults, config.size("num_attention_heads"));
    var attention = attention(config, width, layers, keyValueHeads);
    var frame = new RotaryFields.Frame(context, context, attention.headSize(), defaults.theta());
    if (!defaults.partial()) {
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
            false),
        new ModelConfig.Norm(
            Normalization.Kind.RMS, (float) config.positiveOr("rms_norm_eps", 1e-6), 0, false),
        RotaryFields.read(config, frame),
        new ModelConfig.Embedding(config.flag("tie_word_embeddings", false), 1, 0),
        HuggingFaceConfig.specialTokens(config),
        HuggingFaceConfig.initializerRange(config));
  }

  private static ModelConfig.Attention attention(
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
        false,
        false,
        false,
        (float) (1 / Math.sqrt(headSize)),
        0,
        Collections.nCopies(layers, 0));
  }

  /// A family's usual number, that of its first model, serves where it fits.
  private static int keyValueHeads(ConfigFields file, Defaults defaults, int heads)
      throws FormatException {
    boolean left = !file.object().has(KEY_VALUE_HEADS);
    return left
            && defaults.values().get(KEY_VALUE_HEADS) instanceof Integer usual
            && heads % usual == 0
        ? usual
        : file.sizeOr(KEY_VALUE_HEADS, heads);
  }

  /// An explicit `null` switches windows off; what is left out has the default.
  static int window(ConfigFields config, int otherwise) throws FormatException {
    boolean off = config.object().has("sliding_window") && !config.has("sliding_window");
    return off ? 0 : config.sizeOr("sliding_window", otherwise);
  }

  /// One window for all layers, where `sliding_window` has one.
  static List<Integer> sameWindows(ConfigFields config, int layers) throws FormatException {
    return Collections.nCopies(layers, config.optionalSize("sliding_window").orElse(0));
  }

  /// An explicit `null` switches the cap off; what is left out has the default.
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

  /// The window that all layers have, or none.
  static void writeSameWindows(ModelConfig model, ObjectNode config) {
    int window = Collections.max(model.attention().windows());
    if (window > 0) {
      config.put("sliding_window", window);
    } else {
      config.putNull("sliding_window");
    }
  }

  static void write(ModelConfig model, ObjectNode config) {
    var attention = model.attention();
    config
        .put("max_position_embeddings", model.context())
        .put("hidden_size", model.width())
        .put("num_hidden_layers", model.layers())
        .put("num_attention_heads", attention.heads())
        .put(KEY_VALUE_HEADS, attention.keyValueHeads())
        .put(HEAD_SIZE, attention.headSize())
        .put("intermediate_size", model.feedForward().width())
        .put("hidden_act", ActivationNames.of(model.feedForward().activation()))
        .put("rms_norm_eps", HuggingFaceConfig.decimal(model.norm().epsilon()))
        .put("attention_dropout", 0.0);
    if (model.positions() instanceof Positions.Rotary rotary) {
      RotaryFields.write(rotary, attention.headSize(), config);
    }
  }
}
