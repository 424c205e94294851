package dev.fader.generate;

import dev.fader.format.FormatException;
import dev.fader.format.GgufFile;
import dev.fader.format.GgufMetadata;
import dev.fader.format.JsonFile;
import dev.fader.model.file.ChatTemplates;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The chat templates of a model as they are stored, and the special tokens that they may name.
///
/// @param tokens `bos_token` and so on, with their texts
record TemplateSource(ChatTemplates templates, Map<String, String> tokens) {
  private static final String CONFIG = "tokenizer_config.json";

  private static final List<String> TOKENS =
      List.of(
          "bos_token",
          "eos_token",
          "unk_token",
          "sep_token",
          "pad_token",
          "cls_token",
          "mask_token");

  static TemplateSource of(Path model) throws IOException {
    if (Files.isDirectory(model)) {
      return new TemplateSource(ChatTemplates.of(model), tokens(model));
    }
    try (var file = GgufFile.open(model)) {
      var metadata = file.metadata();
      return new TemplateSource(ChatTemplates.of(metadata), tokens(metadata));
    }
  }

  /// A template file, with the special tokens of a model in the same folder, if there is one.
  static TemplateSource ofFile(Path file) throws IOException {
    var directory = Optional.ofNullable(file.toAbsolutePath().getParent());
    var tokens = directory.isPresent() ? tokens(directory.get()) : Map.<String, String>of();
    return new TemplateSource(ChatTemplates.ofFile(file), tokens);
  }

  /// The same with `more` special tokens, in place of those of the same names.
  TemplateSource with(Map<String, String> more) {
    var all = new LinkedHashMap<>(tokens);
    all.putAll(more);
    return new TemplateSource(templates, all);
  }

  private static Map<String, String> tokens(Path directory) throws IOException {
    var tokens = new LinkedHashMap<String, String>();
    for (var name : List.of("special_tokens_map.json", CONFIG)) {
      var file = directory.resolve(name);
      if (Files.exists(file)) {
        var json = JsonFile.read(file);
        for (var token : TOKENS) {
          var given = json.path(token);
          // Older files write the token as an added token, newer ones as its text.
          var text = given.isObject() ? given.path("content") : given;
          if (text.isString()) {
            tokens.put(token, text.stringValue());
          }
        }
      }
    }
    return tokens;
  }

  private static Map<String, String> tokens(GgufMetadata metadata) throws FormatException {
    var tokens = new LinkedHashMap<String, String>();
    var pieces = metadata.texts("tokenizer.ggml.tokens").orElse(List.of());
    put(tokens, "bos_token", metadata, pieces);
    put(tokens, "eos_token", metadata, pieces);
    put(tokens, "unknown_token", metadata, pieces);
    put(tokens, "padding_token", metadata, pieces);
    return tokens;
  }

  private static void put(
      Map<String, String> tokens, String name, GgufMetadata metadata, List<String> pieces)
      throws FormatException {
    var id = metadata.integer("tokenizer.ggml." + name + "_id");
    if (id.isPresent() && id.getAsLong() >= 0 && id.getAsLong() < pieces.size()) {
      var known =
          switch (name) {
            case "unknown_token" -> "unk_token";
            case "padding_token" -> "pad_token";
            default -> name;
          };
      tokens.put(known, pieces.get((int) id.getAsLong()));
    }
  }
}
