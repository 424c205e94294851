package dev.fader.generate;

import dev.fader.format.FormatException;
import dev.fader.format.GgufFile;
import dev.fader.format.GgufMetadata;
import dev.fader.format.JsonFile;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// The chat template of a model as it is stored, and the special tokens that it may name.
///
/// @param name how errors call it
/// @param usual the template
/// @param withTools the one for conversations with tools, where the model has two
/// @param tokens `bos_token` and so on, with their texts
record TemplateSource(
    String name, Optional<String> usual, Optional<String> withTools, Map<String, String> tokens) {
  private static final String CONFIG = "tokenizer_config.json";
  private static final String FILE = "chat_template.jinja";
  private static final String TOOLS = "tool_use";

  private static final List<String> TOKENS =
      List.of(
          "bos_token",
          "eos_token",
          "unk_token",
          "sep_token",
          "pad_token",
          "cls_token",
          "mask_token");

  /// More than any template takes.
  private static final long LONGEST = 4L << 20;

  static TemplateSource of(Path model) throws IOException {
    if (Files.isDirectory(model)) {
      return ofDirectory(model);
    }
    try (var file = GgufFile.open(model)) {
      return ofMetadata(file.metadata());
    }
  }

  /// A template that stands alone, with the special tokens of the model it stands beside, if it
  /// does.
  static TemplateSource ofFile(Path file) throws IOException {
    var directory = Optional.ofNullable(file.toAbsolutePath().getParent());
    var tokens = directory.isPresent() ? tokens(directory.get()) : Map.<String, String>of();
    return new TemplateSource(file.toString(), Optional.of(text(file)), Optional.empty(), tokens);
  }

  private static TemplateSource ofDirectory(Path directory) throws IOException {
    var tokens = tokens(directory);
    var file = directory.resolve(FILE);
    if (Files.exists(file)) {
      var tools = directory.resolve("additional_chat_templates").resolve(TOOLS + ".jinja");
      return new TemplateSource(
          file.toString(),
          Optional.of(text(file)),
          Files.exists(tools) ? Optional.of(text(tools)) : Optional.empty(),
          tokens);
    }
    var config = directory.resolve(CONFIG);
    if (!Files.exists(config)) {
      return new TemplateSource(directory.toString(), Optional.empty(), Optional.empty(), tokens);
    }
    var templates = named(JsonFile.read(config).path("chat_template"), config);
    return new TemplateSource(
        config + " chat_template",
        Optional.ofNullable(templates.get("default")),
        Optional.ofNullable(templates.get(TOOLS)),
        tokens);
  }

  /// One template, or several with names.
  private static Map<String, String> named(JsonNode given, Path file) throws FormatException {
    var templates = new LinkedHashMap<String, String>();
    if (given.isString()) {
      templates.put("default", given.stringValue());
    } else if (given.isArray()) {
      for (var each : given) {
        if (!each.path("name").isString() || !each.path("template").isString()) {
          throw new FormatException(
              file, "chat_template", "each of several templates needs a name and a template");
        }
        templates.put(each.get("name").stringValue(), each.get("template").stringValue());
      }
    } else if (given.isObject()) {
      given.properties().forEach(e -> templates.put(e.getKey(), e.getValue().asString("")));
    } else if (!given.isMissingNode() && !given.isNull()) {
      throw new FormatException(file, "chat_template", "a template is a text or a list of them");
    }
    return templates;
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

  private static TemplateSource ofMetadata(GgufMetadata metadata) throws FormatException {
    var tokens = new LinkedHashMap<String, String>();
    var pieces = metadata.texts("tokenizer.ggml.tokens").orElse(List.of());
    put(tokens, "bos_token", metadata, pieces);
    put(tokens, "eos_token", metadata, pieces);
    put(tokens, "unknown_token", metadata, pieces);
    put(tokens, "padding_token", metadata, pieces);
    return new TemplateSource(
        metadata.file() + " tokenizer.chat_template",
        metadata.text("tokenizer.chat_template"),
        metadata.text("tokenizer.chat_template." + TOOLS),
        tokens);
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

  private static String text(Path file) throws IOException {
    if (Files.isDirectory(file)) {
      throw new FormatException(file, "is a directory, and a file with a chat template is needed");
    }
    if (Files.size(file) > LONGEST) {
      throw new FormatException(
          file, "has %d bytes, more than any chat template".formatted(Files.size(file)));
    }
    try {
      return Files.readString(file);
    } catch (CharacterCodingException broken) {
      throw new FormatException(file, "a chat template is UTF-8, and this is not");
    }
  }
}
