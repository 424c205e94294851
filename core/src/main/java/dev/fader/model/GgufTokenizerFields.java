package dev.fader.model;

import dev.fader.format.FormatException;
import dev.fader.format.GgufFields;
import dev.fader.format.JsonFile;
import dev.fader.tokenizer.Tokenizer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The tokenizer of a Hugging Face directory as the metadata of a GGUF file, `tokenizer.ggml.*`.
///
/// Source: llama.cpp, `gguf-py/gguf/vocab.py` and `convert_hf_to_gguf.py`.
final class GgufTokenizerFields {
  private static final String PREFIX = "tokenizer.ggml.";
  private static final String JSON = "tokenizer.json";
  private static final String CONFIG = "tokenizer_config.json";
  private static final String TEMPLATE = "chat_template.jinja";

  /// `llama_token_type`.
  private static final int NORMAL = 1;

  private static final int UNKNOWN = 2;
  private static final int CONTROL = 3;
  private static final int USER_DEFINED = 4;
  private static final int UNUSED = 5;
  private static final int BYTE = 6;

  private final Path file;
  private final ObjectNode json;
  private final GgufFields fields;
  private final List<String> tokens;
  private final int[] types;
  private final float[] scores;

  private GgufTokenizerFields(Path file, ObjectNode json, int size, GgufFields fields) {
    this.file = file;
    this.json = json;
    this.fields = fields;
    this.tokens = new ArrayList<>(Collections.nCopies(size, ""));
    this.types = new int[size];
    this.scores = new float[size];
    Arrays.fill(types, UNUSED);
    Arrays.fill(scores, -1e9f);
  }

  /// Adds to `fields` the tokenizer and the chat template of `directory`, if it has them.
  ///
  /// @throws FormatException if the tokenizer is of a kind that GGUF files do not know
  static void write(Path directory, ModelConfig model, GgufFields fields) throws IOException {
    Path file = directory.resolve(JSON);
    var json = tokenizer(directory, file);
    if (json.isEmpty()) {
      fields.text(PREFIX + "model", "no_vocab");
    } else {
      var tokenizer = new GgufTokenizerFields(file, json.get(), model.vocabularySize(), fields);
      tokenizer.writeModel();
      tokenizer.writeSettings(directory.resolve(CONFIG));
    }
    writeSpecial(model.specialTokens(), fields);
    template(directory).ifPresent(text -> fields.text("tokenizer.chat_template", text));
  }

  /// What `file` says, or would say if the directory's other tokenizer files were saved as one.
  private static Optional<ObjectNode> tokenizer(Path directory, Path file) throws IOException {
    if (Files.exists(file)) {
      return Optional.of(JsonFile.read(file));
    }
    var tokenizer = Tokenizer.find(directory);
    if (tokenizer.isEmpty()) {
      return Optional.empty();
    }
    var json = new ByteArrayOutputStream();
    Objects.requireNonNull(tokenizer.get().files().get(JSON)).writeTo(Channels.newChannel(json));
    return Optional.of(JsonFile.parse(file, json.toByteArray()));
  }

  private static Optional<String> template(Path directory) throws IOException {
    if (Files.exists(directory.resolve(TEMPLATE))) {
      return Optional.of(Files.readString(directory.resolve(TEMPLATE), StandardCharsets.UTF_8));
    }
    if (Files.exists(directory.resolve(CONFIG))) {
      var template = JsonFile.read(directory.resolve(CONFIG)).path("chat_template");
      return template.isString() ? Optional.of(template.stringValue()) : Optional.empty();
    }
    return Optional.empty();
  }

  private FormatException wrong(String field, String problem) {
    return new FormatException(file, field, problem);
  }

  private void writeModel() throws FormatException {
    var model = json.path("model");
    String type = model.path("type").isString() ? model.path("type").stringValue() : "BPE";
    switch (type) {
      case "BPE" -> writeBytePairs(model, model.path("byte_fallback").asBoolean(false));
      case "Unigram" -> writeUnigram(model);
      default ->
          throw wrong(
              "model.type",
              "%s has no place in a GGUF file; BPE and Unigram have"
                  .formatted(FormatException.quoted(type)));
    }
  }

  private void put(int id, String piece, int type) throws FormatException {
    if (id < 0 || id >= tokens.size()) {
      throw wrong(
          "model.vocab",
          "has id %d for %s, and the model has %d tokens"
              .formatted(id, FormatException.quoted(piece), tokens.size()));
    }
    tokens.set(id, piece);
    types[id] = type;
  }

  private void writeBytePairs(JsonNode model, boolean isSentencePiece) throws FormatException {
    String unknown =
        model.path("unk_token").isString() ? model.path("unk_token").stringValue() : "";
    for (var entry : model.path("vocab").properties()) {
      String piece = entry.getKey();
      int type =
          isSentencePiece && piece.equals(unknown)
              ? UNKNOWN
              : isSentencePiece && isByte(piece) ? BYTE : NORMAL;
      put(entry.getValue().asInt(-1), piece, type);
    }
    addTokens(isSentencePiece ? unknown : "");
    var merges = merges(model);
    if (isSentencePiece) {
      score(model, merges);
      begin("llama", "default");
      fields.float32s(PREFIX + "scores", scores).int32s(PREFIX + "token_type", types);
      fields.bool(PREFIX + "add_space_prefix", prependsSpace());
    } else {
      begin("gpt2", pre());
      fields.int32s(PREFIX + "token_type", types).strings(PREFIX + "merges", merges);
    }
  }

  private static boolean isByte(String piece) {
    return piece.matches("<0x[0-9A-F]{2}>");
  }

  private void writeUnigram(JsonNode model) throws FormatException {
    boolean bytes = model.path("byte_fallback").asBoolean(false);
    int unknown = model.path("unk_id").asInt(-1);
    int id = 0;
    for (var entry : model.path("vocab")) {
      String piece = entry.path(0).asString("");
      put(id, piece, id == unknown ? UNKNOWN : bytes && isByte(piece) ? BYTE : NORMAL);
      scores[id] = (float) entry.path(1).asDouble(0);
      id++;
    }
    addTokens(tokens.get(Math.max(model.path("unk_id").asInt(0), 0)));
    begin("t5", "default");
    fields.float32s(PREFIX + "scores", scores).int32s(PREFIX + "token_type", types);
    fields.bool(PREFIX + "add_space_prefix", prependsSpace());
    fields.bool(PREFIX + "remove_extra_whitespaces", joinsSpaces());
    writeCharacterMap();
  }

  private void begin(String model, String pre) {
    for (int id = 0; id < tokens.size(); id++) {
      if (types[id] == UNUSED) {
        tokens.set(id, "[PAD" + id + "]");
      }
    }
    fields
        .text(PREFIX + "model", model)
        .text(PREFIX + "pre", pre)
        .strings(PREFIX + "tokens", tokens);
  }

  private void addTokens(String unknown) throws FormatException {
    for (var token : json.path("added_tokens")) {
      String content = token.path("content").asString("");
      int type =
          content.equals(unknown)
              ? UNKNOWN
              : token.path("special").asBoolean(false) ? CONTROL : USER_DEFINED;
      int id = token.path("id").asInt(-1);
      put(id, content, type);
      scores[id] = 0;
    }
  }

  /// Merges as `left right`, which is how files wrote them before pairs.
  private List<String> merges(JsonNode model) {
    var merges = new ArrayList<String>();
    for (var merge : model.path("merges")) {
      merges.add(
          merge.isString()
              ? merge.stringValue()
              : merge.path(0).asString("") + " " + merge.path(1).asString(""));
    }
    return merges;
  }

  /// SentencePiece merges the pair of the best score first: that of the earliest merge.
  private void score(JsonNode model, List<String> merges) {
    var vocabulary = model.path("vocab");
    for (int rank = merges.size() - 1; rank >= 0; rank--) {
      String merge = merges.get(rank);
      int space = merge.indexOf(' ');
      int id = vocabulary.path(merge.substring(0, space) + merge.substring(space + 1)).asInt(-1);
      if (id >= 0 && id < scores.length) {
        scores[id] = -rank;
      }
    }
    for (int id = 0; id < scores.length; id++) {
      if (types[id] == BYTE) {
        scores[id] = 0;
      }
    }
  }

  private void writeCharacterMap() throws FormatException {
    for (var step : json.path("normalizer").findParents("precompiled_charsmap")) {
      try {
        byte[] map = Base64.getDecoder().decode(step.path("precompiled_charsmap").asString(""));
        if (map.length > 0) {
          fields.uint8s(PREFIX + "precompiled_charsmap", map);
        }
      } catch (IllegalArgumentException wrong) {
        throw wrong("normalizer.precompiled_charsmap", "is not Base64: " + wrong.getMessage());
      }
    }
  }

  private boolean joinsSpaces() {
    return json.path("normalizer").toString().contains("\" {2,}\"");
  }

  private boolean prependsSpace() {
    String normalizer = json.path("normalizer").toString();
    var preTokenizer = json.path("pre_tokenizer");
    boolean metaspace =
        preTokenizer.path("type").asString("").equals("Metaspace")
            && !preTokenizer.path("prepend_scheme").asString("").equals("never");
    return normalizer.contains("\"Prepend\"") || metaspace;
  }

  /// llama.cpp's name for the way that text is cut into words, from the expressions that cut it.
  private String pre() throws FormatException {
    String cuts = json.path("pre_tokenizer").toString();
    boolean threeDigits = cuts.contains("\\\\p{N}{1,3}");
    if (cuts.contains("\\\\p{Lu}")) {
      return threeDigits ? "gpt-4o" : "tekken";
    }
    if (cuts.contains("\u4e00-\u9fa5")) {
      return threeDigits
          ? "deepseek-v3"
          : cuts.contains("\\\\p{P}") ? "deepseek-coder" : "deepseek-llm";
    }
    if (cuts.contains("(?i:'s")) {
      boolean wholeWords = json.path("model").path("ignore_merges").asBoolean(false);
      return threeDigits ? wholeWords ? "llama-bpe" : "dbrx" : "qwen2";
    }
    if (cuts.contains("\"Digits\"")) {
      return "starcoder";
    }
    if (cuts.contains("\"ByteLevel\"") && !cuts.contains("\"Regex\"")) {
      return "gpt-2";
    }
    throw wrong(
        "pre_tokenizer",
        "cuts text in a way that has no name in GGUF files: " + FormatException.quoted(cuts));
  }

  private static void writeSpecial(ModelConfig.SpecialTokens special, GgufFields fields) {
    if (special.begin() >= 0) {
      fields.uint32(PREFIX + "bos_token_id", special.begin());
    }
    var names = List.of("eos", "eot", "eom");
    for (int i = 0; i < Math.min(names.size(), special.ends().size()); i++) {
      fields.uint32(PREFIX + names.get(i) + "_token_id", special.ends().get(i));
    }
  }

  private void writeSettings(Path config) throws IOException {
    for (int id = 0; id < types.length; id++) {
      if (types[id] == UNKNOWN) {
        fields.uint32(PREFIX + "unknown_token_id", id);
      }
    }
    var settings = Files.exists(config) ? JsonFile.read(config) : json.objectNode();
    padding(settings).ifPresent(id -> fields.uint32(PREFIX + "padding_token_id", id));
    var single = json.path("post_processor").path("single");
    boolean begins = single.path(0).has("SpecialToken");
    boolean ends = single.size() > 1 && single.path(single.size() - 1).has("SpecialToken");
    fields
        .bool(PREFIX + "add_bos_token", settings.path("add_bos_token").asBoolean(begins))
        .bool(PREFIX + "add_eos_token", settings.path("add_eos_token").asBoolean(ends));
  }

  private Optional<Integer> padding(ObjectNode settings) {
    var padding = settings.path("pad_token");
    String text = padding.isString() ? padding.stringValue() : padding.path("content").asString("");
    int id = tokens.indexOf(text);
    return text.isEmpty() || id < 0 ? Optional.empty() : Optional.of(id);
  }
}
