package dev.fader.model;

import dev.fader.format.FormatException;
import dev.fader.kernel.Normalization;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/// The `config.json` of Llama and of the families that took over its names.
///
/// What a file leaves out has the value that the family's class in transformers gives it.
enum LlamaDialect {
  LLAMA("llama", "hidden_act"),
  MISTRAL("mistral", "hidden_act"),
  QWEN2("qwen2", "hidden_act"),
  QWEN3("qwen3", "hidden_act"),
  GEMMA2("gemma2", "hidden_activation");

  private static final String SLIDING = "sliding_attention";
  private static final String FULL = "full_attention";
  private static final double DEFAULT_EPSILON = 1e-6;
  private static final int DEFAULT_WINDOW = 4096;
  private static final int DEFAULT_FIRST_WINDOW_LAYER = 28;
  private static final int QWEN3_HEAD_SIZE = 128;
  private static final int GEMMA2_HEAD_SIZE = 256;
  private static final double GEMMA2_QUERY_SCALAR = 256;

  private final String family;
  private final String activationField;

  LlamaDialect(String family, String activationField) {
    this.family = family;
    this.activationField = activationField;
  }

  ModelConfig read(ConfigFields config) throws FormatException {
    int width = config.size("hidden_size");
    int context = config.size("max_position_embeddings");
    int layers = HuggingFaceConfig.layers(config, "num_hidden_layers");
    boolean gemma = this == GEMMA2;
    var attention = attention(config, width, layers);
    return new ModelConfig(
        family,
        config.size("vocab_size"),
        context,
        width,
        layers,
        HuggingFaceConfig.sharedLayers(config),
        attention,
        new ModelConfig.FeedForward(
            config.size("intermediate_size"),
            ActivationNames.read(config, activationField, gemma ? "gelu_pytorch_tanh" : "silu"),
            true,
            this == LLAMA && config.flag("mlp_bias", false)),
        new ModelConfig.Norm(
            Normalization.Kind.RMS,
            (float) config.positiveOr("rms_norm_eps", DEFAULT_EPSILON),
            gemma ? 1 : 0,
            gemma),
        RotaryDialect.read(config, new RotaryDialect.Frame(context, attention.headSize())),
        new ModelConfig.Embedding(
            config.flag("tie_word_embeddings", gemma),
            gemma ? (float) Math.sqrt(width) : 1,
            gemma ? softCap(config, "final_logit_softcapping", 30) : 0),
        HuggingFaceConfig.specialTokens(config),
        HuggingFaceConfig.initializerRange(config));
  }

  private ModelConfig.Attention attention(ConfigFields config, int width, int layers)
      throws FormatException {
    int heads = config.size("num_attention_heads");
    int headSize = headSize(config, width, heads);
    boolean bias = this != MISTRAL && this != QWEN2 && config.flag("attention_bias", false);
    if (config.flag("use_bidirectional_attention", false)) {
      throw config.wrong("use_bidirectional_attention", "is true, which no decoder here can do");
    }
    double scalar =
        this == GEMMA2 ? config.positiveOr("query_pre_attn_scalar", GEMMA2_QUERY_SCALAR) : headSize;
    return new ModelConfig.Attention(
        heads,
        config.sizeOr("num_key_value_heads", heads),
        headSize,
        bias || this == QWEN2,
        bias,
        this == QWEN3,
        (float) (1 / Math.sqrt(scalar)),
        this == GEMMA2 ? softCap(config, "attn_logit_softcapping", 50) : 0,
        windows(config, layers));
  }

  private int headSize(ConfigFields config, int width, int heads) throws FormatException {
    if (config.has("head_dim")) {
      return config.size("head_dim");
    }
    return switch (this) {
      case QWEN3 -> QWEN3_HEAD_SIZE;
      case GEMMA2 -> GEMMA2_HEAD_SIZE;
      case LLAMA, MISTRAL, QWEN2 -> HuggingFaceConfig.headSize(config, width, heads, "hidden_size");
    };
  }

  /// An explicit `null` switches the cap off; what is left out has the default.
  private static float softCap(ConfigFields config, String field, double otherwise)
      throws FormatException {
    boolean off = config.object().has(field) && !config.has(field);
    return off ? 0 : (float) config.numberOr(field, otherwise);
  }

  private List<Integer> windows(ConfigFields config, int layers) throws FormatException {
    boolean none =
        switch (this) {
          case LLAMA -> true;
          case MISTRAL, GEMMA2 ->
              config.object().has("sliding_window") && !config.has("sliding_window");
          case QWEN2, QWEN3 -> !config.flag("use_sliding_window", false);
        };
    int window = none ? 0 : config.sizeOr("sliding_window", DEFAULT_WINDOW);
    if (this == LLAMA || this == MISTRAL) {
      return Collections.nCopies(layers, window);
    }
    var types = config.texts("layer_types");
    if (types.isPresent()) {
      return windowsOfTypes(config, types.get(), layers, window);
    }
    int first = config.sizeOr("max_window_layers", DEFAULT_FIRST_WINDOW_LAYER);
    var windows = new ArrayList<Integer>();
    for (int layer = 0; layer < layers; layer++) {
      windows.add((this == GEMMA2 ? layer % 2 == 0 : layer >= first) ? window : 0);
    }
    return windows;
  }

  private static List<Integer> windowsOfTypes(
      ConfigFields config, List<String> types, int layers, int window) throws FormatException {
    if (types.size() != layers) {
      throw config.wrong(
          "layer_types", "names %d layers, and there are %d".formatted(types.size(), layers));
    }
    var windows = new ArrayList<Integer>();
    for (String type : types) {
      if (!type.equals(SLIDING) && !type.equals(FULL)) {
        throw config.wrong(
            "layer_types",
            "unknown kind %s; known are %s, %s"
                .formatted(FormatException.quoted(type), FULL, SLIDING));
      }
      if (type.equals(SLIDING) && window == 0) {
        throw config.wrong("layer_types", "asks for " + SLIDING + ", but sliding_window is off");
      }
      windows.add(type.equals(SLIDING) ? window : 0);
    }
    return windows;
  }

  void write(ModelConfig model, ObjectNode config) {
    var attention = model.attention();
    config
        .put("max_position_embeddings", model.context())
        .put("hidden_size", model.width())
        .put("num_hidden_layers", model.layers())
        .put("num_attention_heads", attention.heads())
        .put("num_key_value_heads", attention.keyValueHeads())
        .put("intermediate_size", model.feedForward().width())
        .put(activationField, ActivationNames.of(model.feedForward().activation()))
        .put("rms_norm_eps", HuggingFaceConfig.decimal(model.norm().epsilon()))
        .put("attention_dropout", 0.0);
    if (this != QWEN2 || attention.queryWidth() != model.width()) {
      config.put("head_dim", attention.headSize());
    }
    if (this == LLAMA || this == QWEN3 || this == GEMMA2) {
      config.put("attention_bias", attention.inputBias());
    }
    if (this == LLAMA) {
      config.put("mlp_bias", model.feedForward().bias());
    }
    if (this == GEMMA2) {
      writeGemma2(model, config);
    }
    writeWindows(model, config);
    if (model.positions() instanceof Positions.Rotary rotary) {
      RotaryDialect.write(rotary, attention.headSize(), config);
    }
  }

  private static void writeGemma2(ModelConfig model, ObjectNode config) {
    double scale = model.attention().scale();
    config.put("query_pre_attn_scalar", Math.round(1 / (scale * scale)));
    writeSoftCap(config, "attn_logit_softcapping", model.attention().softCap());
    writeSoftCap(config, "final_logit_softcapping", model.embedding().logitSoftCap());
  }

  private static void writeSoftCap(ObjectNode config, String field, float cap) {
    if (cap == 0) {
      config.putNull(field);
    } else {
      config.put(field, HuggingFaceConfig.decimal(cap));
    }
  }

  private void writeWindows(ModelConfig model, ObjectNode config) {
    var windows = model.attention().windows();
    int window = Collections.max(windows);
    switch (this) {
      case LLAMA -> {
        return;
      }
      case QWEN2, QWEN3 -> config.put("use_sliding_window", window > 0);
      case MISTRAL, GEMMA2 -> {}
    }
    if (window > 0) {
      config.put("sliding_window", window);
    } else if (this == GEMMA2) {
      config.put(
          "sliding_window", model.context()); // transformers wants one even where no layer has it
    } else {
      config.putNull("sliding_window");
    }
    if (this != MISTRAL) {
      var types = config.putArray("layer_types");
      windows.forEach(w -> types.add(w > 0 ? SLIDING : FULL));
    }
  }
}
