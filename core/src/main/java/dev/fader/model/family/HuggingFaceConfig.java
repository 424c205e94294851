package dev.fader.model.family;

import dev.fader.format.FileContent;
import dev.fader.format.FormatException;
import dev.fader.format.JsonFile;
import dev.fader.model.Experts;
import dev.fader.model.ModelConfig;
import dev.fader.model.ModelConfigException;
import dev.fader.tensor.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// `config.json` as the transformers library reads and writes it.
///
/// Older notations are read too; the notation of transformers 5 is written. Dropout is not a
/// property of a model here: it is not read, and written as 0. Parameter sharing between layers,
/// which transformers lacks, is stored in `fader_shared_layers`.
public final class HuggingFaceConfig {
  /// The name of the file in a model directory.
  public static final String NAME = "config.json";

  /// The name of the file beside it with the settings for generation.
  public static final String GENERATION_NAME = "generation_config.json";

  private static final String FP8 = "fp8";
  private static final String SEEING = "gemma3";
  private static final String SHARED_LAYERS = "fader_shared_layers";
  private static final double DEFAULT_INITIALIZER_RANGE = 0.02;

  /// More than any model has: a limit for lists sized by an untrusted file.
  private static final int MOST_LAYERS = 100_000;

  /// Tolerance for float32 values computed in another way.
  private static final float SAME = 1e-6f;

  private HuggingFaceConfig() {}

  /// Reads a `config.json`, or the one in a model directory with the special tokens of the
  /// `generation_config.json` beside it.
  ///
  /// @throws FormatException if a field is missing, wrong, unknown or contradicts another
  /// @throws java.nio.file.NoSuchFileException if there is none
  public static ModelConfig read(Path fileOrDirectory) throws IOException {
    if (!Files.isDirectory(fileOrDirectory)) {
      return read(fileOrDirectory, JsonFile.read(fileOrDirectory));
    }
    Path file = fileOrDirectory.resolve(NAME);
    var config = read(file, JsonFile.read(file));
    Path generation = fileOrDirectory.resolve(GENERATION_NAME);
    return Files.exists(generation)
        ? config.withSpecialTokens(generationTokens(generation, config.specialTokens()))
        : config;
  }

  /// If both files name tokens, transformers generates with those of this one: the tokens that end
  /// a turn of a chat are often only here.
  private static ModelConfig.SpecialTokens generationTokens(
      Path file, ModelConfig.SpecialTokens otherwise) throws IOException {
    var config = new ConfigFields(file, "", JsonFile.read(file));
    var there = specialTokens(config);
    return new ModelConfig.SpecialTokens(
        config.has("bos_token_id") ? there.begin() : otherwise.begin(),
        config.has("eos_token_id") ? there.ends() : otherwise.ends());
  }

  /// Whether the family of a configuration is known.
  public static boolean knows(ObjectNode object) {
    return Families.find(object.path("model_type").asString("")).isPresent();
  }

  /// Reads a configuration that is not in a file of its own; errors name `file`.
  ///
  /// @throws FormatException if a field is missing, wrong, unknown or contradicts another
  public static ModelConfig read(Path file, ObjectNode object) throws FormatException {
    return read(file, object, new TreeSet<>());
  }

  /// The same; the names of all fields that were read, present or not, are added to `asked`.
  public static ModelConfig read(Path file, ObjectNode object, Set<String> asked)
      throws FormatException {
    var config = new ConfigFields(file, "", object, asked);
    if (config.text("model_type").orElse("").equals(SEEING)) {
      return read(file, textOf(config));
    }
    var family = Families.read(config);
    checkPacking(config, family);
    try {
      return family.read(config);
    } catch (ModelConfigException contradiction) {
      throw new FormatException(file, String.valueOf(contradiction.getMessage()));
    } catch (ArithmeticException overflow) {
      throw new FormatException(file, "its sizes are too large to multiply");
    }
  }

  private static void checkPacking(ConfigFields config, Family family) throws FormatException {
    var packing = config.fields("quantization_config");
    if (packing.isEmpty()) {
      return;
    }
    String method = packing.get().text("quant_method").orElse("");
    boolean blocks = method.equals(GptOssFamily.MXFP4) && family instanceof GptOssFamily;
    if (!blocks && !method.equals(FP8)) {
      throw config.wrong(
          "quantization_config",
          "the weights are packed in a way that is not read: take the original model");
    }
  }

  /// The language model of a multimodal one (Gemma 3), with the special tokens of the whole.
  private static ObjectNode textOf(ConfigFields config) throws FormatException {
    var text =
        config.fields("text_config").orElseThrow(() -> config.wrong("text_config", "is missing"));
    var object = text.object().deepCopy();
    object.put("model_type", text.text("model_type").orElse(SEEING + "_text"));
    for (String field : List.of("bos_token_id", "eos_token_id", "tie_word_embeddings")) {
      if (!object.has(field) && config.has(field)) {
        object.set(field, config.object().get(field));
      }
    }
    return object;
  }

  /// The `config.json` of `model`, for a directory whose weights are float32.
  ///
  /// @throws ModelConfigException if the family's file cannot express this model
  public static FileContent content(ModelConfig model) {
    return content(model, DType.FLOAT32);
  }

  /// The same for weights of `type`.
  public static FileContent content(ModelConfig model, DType type) {
    return JsonFile.content(object(model, type));
  }

  /// The same, to be completed.
  public static ObjectNode object(ModelConfig model, DType type) {
    var family =
        Families.find(model.family())
            .orElseThrow(() ->
                new ModelConfigException(
                    "no config.json is known for the family '" + model.family() + "'"));
    var config = JsonNodeFactory.instance.objectNode();
    config.putArray("architectures").add(family.architecture());
    config
        .put("model_type", family.name())
        .put("dtype", type.name().toLowerCase(Locale.ROOT))
        .put("vocab_size", model.vocabularySize());
    family.write(model, config);
    config
        .put("tie_word_embeddings", model.embedding().tied())
        .put("initializer_range", model.initializerRange());
    writeTokens(model, config);
    if (model.sharedLayers() > 1) {
      config.put(SHARED_LAYERS, model.sharedLayers());
    }
    config.put("use_cache", true);
    checkReadsBack(model, config);
    return config;
  }

  /// The `generation_config.json` of `model`: the tokens that begin and end a text.
  public static FileContent generationContent(ModelConfig model) {
    var config = JsonNodeFactory.instance.objectNode();
    config.put("_from_model_config", true);
    writeTokens(model, config);
    return JsonFile.content(config);
  }

  private static void writeTokens(ModelConfig model, ObjectNode config) {
    var tokens = model.specialTokens();
    if (tokens.begin() >= 0) {
      config.put("bos_token_id", tokens.begin());
    } else {
      config.putNull("bos_token_id");
    }
    if (tokens.ends().isEmpty()) {
      config.putNull("eos_token_id");
    } else if (tokens.ends().size() == 1) {
      config.put("eos_token_id", tokens.ends().getFirst());
    } else {
      var ends = config.putArray("eos_token_id");
      tokens.ends().forEach(ends::add);
    }
  }

  /// Checks that the file describes this model: it has no fields for what its family never does.
  private static void checkReadsBack(ModelConfig model, ObjectNode config) {
    ModelConfig back;
    try {
      back = read(Path.of(NAME), config);
    } catch (FormatException refused) {
      throw new ModelConfigException(
          "a %s model cannot be written: %s".formatted(model.family(), refused.getMessage()));
    }
    if (!same(model.attention().scores().scale(), back.attention().scores().scale())
        || !same(model.embedding().scale(), back.embedding().scale())
        || !same(model.embedding().logitScale(), back.embedding().logitScale())
        || !withoutScales(model).equals(withoutScales(back))) {
      throw new ModelConfigException(
          "the config.json of %s cannot say what this model is: %s would read back as %s"
              .formatted(model.family(), model, back));
    }
  }

  private static boolean same(float a, float b) {
    return Math.abs(a - b) <= SAME * Math.abs(b);
  }

  private static List<Object> withoutScales(ModelConfig m) {
    var a = m.attention();
    return List.of(
        List.of(m.vocabularySize(), m.context(), m.width(), m.layers(), m.sharedLayers()),
        List.of(a.heads(), a.keyValueHeads(), a.headSize(), a.scores().softCap(), a.windows()),
        List.of(
            a.inputBias(),
            a.outputBias(),
            a.queryKeyNorm(),
            a.scores().scaledByLayer(),
            a.scores().sinks(),
            a.latent()),
        List.of(withoutLayout(m.feedForward()), m.norm(), m.positions(), m.specialTokens()),
        List.of(m.embedding().tied(), m.embedding().columns(), m.embedding().logitSoftCap()),
        List.of(m.initializerRange()));
  }

  /// The layout of experts is not part of the file: [dev.fader.model.Parameters#stored()] splits
  /// them if the family does.
  private static ModelConfig.FeedForward withoutLayout(ModelConfig.FeedForward feedForward) {
    var experts = feedForward.experts();
    boolean stacked = experts.isPresent() && experts.get().layout() == Experts.Layout.STACKED;
    return stacked && !feedForward.bias()
        ? feedForward.withExperts(experts.get().withLayout(Experts.Layout.SEPARATE))
        : feedForward;
  }

  static int layers(ConfigFields config, String field) throws FormatException {
    int layers = config.size(field);
    if (layers > MOST_LAYERS) {
      throw config.wrong(
          field, "is %d, and no more than %d are read".formatted(layers, MOST_LAYERS));
    }
    return layers;
  }

  static int sharedLayers(ConfigFields config) throws FormatException {
    return config.sizeOr(SHARED_LAYERS, 1);
  }

  /// The head size if the heads divide the width.
  static int headSize(ConfigFields config, int width, int heads, String widthField)
      throws FormatException {
    if (width % heads != 0) {
      throw config.wrong(widthField, "is %d, which %d heads do not divide".formatted(width, heads));
    }
    return width / heads;
  }

  static ModelConfig.SpecialTokens specialTokens(ConfigFields config) throws FormatException {
    var begin = config.tokens("bos_token_id");
    return new ModelConfig.SpecialTokens(
        begin.isEmpty() ? -1 : begin.getFirst(), config.tokens("eos_token_id"));
  }

  static double initializerRange(ConfigFields config) throws FormatException {
    return config.numberOr("initializer_range", DEFAULT_INITIALIZER_RANGE);
  }

  /// The shortest decimal number with the same float32 value.
  public static double decimal(float value) {
    return Double.parseDouble(Float.toString(value));
  }
}
