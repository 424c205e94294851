package dev.fader.model.file;

import dev.fader.format.FileContent;
import dev.fader.format.FormatException;
import dev.fader.format.GgufFile;
import dev.fader.format.GgufMetadata;
import dev.fader.format.GgufMetadataBuilder;
import dev.fader.format.JsonFile;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/// The chat templates of a model, as text, by name. The default one is called [#DEFAULT]. They are
/// in `chat_template.jinja` and `additional_chat_templates/NAME.jinja`, or in `chat_template` of
/// `tokenizer_config.json`, one or a list of them; in a GGUF file in `tokenizer.chat_template` and
/// `tokenizer.chat_template.NAME`.
///
/// @param source where they were found, for messages
public record ChatTemplates(String source, SequencedMap<String, String> byName) {
  /// The name of the default template.
  public static final String DEFAULT = "default";

  private static final String CONFIG = "tokenizer_config.json";
  private static final String FILE = "chat_template.jinja";
  private static final String FOLDER = "additional_chat_templates";
  private static final String ENDING = ".jinja";
  private static final String KEY = "tokenizer.chat_template";
  private static final String NAMES = "tokenizer.chat_templates";

  /// More than any template needs.
  private static final long LONGEST = 4L << 20;

  /// Names are untrusted and become file names.
  private static final Pattern SAFE_NAME = Pattern.compile("[A-Za-z0-9_-][A-Za-z0-9_.-]{0,99}");

  public ChatTemplates {
    byName = Collections.unmodifiableSequencedMap(new LinkedHashMap<>(byName));
  }

  /// Those of a file of one template.
  ///
  /// @throws IOException as [#text] says
  public static ChatTemplates ofFile(Path file) throws IOException {
    var templates = new LinkedHashMap<String, String>();
    templates.put(DEFAULT, text(file));
    return new ChatTemplates(file.toString(), templates);
  }

  /// Those of a model directory or a GGUF file; none if it is neither.
  ///
  /// @throws FormatException if a file is malformed
  /// @throws IOException if a file cannot be read
  public static ChatTemplates of(Path model) throws IOException {
    if (Files.isDirectory(model)) {
      return ofDirectory(model);
    }
    try (var file = GgufFile.open(model)) {
      return of(file.metadata());
    }
  }

  /// The last of some directories or files of adapters that has chat templates: those that it was
  /// tuned with, in place of the model's.
  ///
  /// @throws IOException as [#of] says
  public static Optional<Path> last(List<Path> adapters) throws IOException {
    for (Path adapter : adapters.reversed()) {
      if (!of(adapter).byName().isEmpty()) {
        return Optional.of(adapter);
      }
    }
    return Optional.empty();
  }

  private static ChatTemplates ofDirectory(Path directory) throws IOException {
    var templates = new LinkedHashMap<String, String>();
    Path source = directory;
    Path config = directory.resolve(CONFIG);
    if (Files.exists(config)) {
      addListed(JsonFile.read(config).path("chat_template"), config, templates);
      source = templates.isEmpty() ? source : config;
    }
    Path file = directory.resolve(FILE);
    if (Files.exists(file)) {
      templates.clear(); // as transformers does
      templates.put(DEFAULT, text(file));
      source = file;
    }
    for (var each : further(directory).entrySet()) {
      templates.put(each.getKey(), text(each.getValue()));
    }
    return new ChatTemplates(source.toString(), templates);
  }

  /// The files of further templates, by name.
  private static SequencedMap<String, Path> further(Path directory) throws IOException {
    var further = new TreeMap<String, Path>();
    Path folder = directory.resolve(FOLDER);
    if (Files.isDirectory(folder)) {
      try (var files = Files.newDirectoryStream(folder, "*" + ENDING)) {
        for (Path each : files) {
          String name = String.valueOf(each.getFileName());
          further.put(name.substring(0, name.length() - ENDING.length()), each);
        }
      }
    }
    return further;
  }

  /// Deletes the files of a model directory that [#files] writes.
  ///
  /// @throws IOException if one cannot be deleted
  public static void delete(Path directory) throws IOException {
    Files.deleteIfExists(directory.resolve(FILE));
    for (Path file : further(directory).values()) {
      Files.delete(file);
    }
  }

  /// One template, or several named ones.
  private static void addListed(JsonNode given, Path file, SequencedMap<String, String> templates)
      throws FormatException {
    if (given.isString()) {
      templates.put(DEFAULT, given.stringValue());
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
  }

  /// Those that the metadata of a GGUF file holds.
  ///
  /// @throws FormatException if one is not a string
  public static ChatTemplates of(GgufMetadata metadata) throws FormatException {
    var templates = new LinkedHashMap<String, String>();
    for (String key : metadata.keys()) {
      if (key.equals(KEY)) {
        templates.put(DEFAULT, metadata.text(key).orElseThrow());
      } else if (key.startsWith(KEY + ".")) {
        templates.put(key.substring(KEY.length() + 1), metadata.text(key).orElseThrow());
      }
    }
    return new ChatTemplates(metadata.file() + " " + KEY, templates);
  }

  /// Adds them to the metadata of a GGUF file.
  ///
  /// @throws FormatException if a name cannot be a file name
  public void describe(GgufMetadataBuilder fields) throws FormatException {
    var names = new ArrayList<String>();
    for (var each : byName.entrySet()) {
      if (each.getKey().equals(DEFAULT)) {
        fields.text(KEY, each.getValue());
      } else {
        names.add(checked(each.getKey()));
        fields.text(KEY + "." + each.getKey(), each.getValue());
      }
    }
    if (!names.isEmpty()) {
      fields.strings(NAMES, List.copyOf(names));
    }
  }

  /// The same in place of those that the metadata has.
  ///
  /// @throws FormatException if a name cannot be a file name
  public void replaceIn(GgufMetadataBuilder fields) throws FormatException {
    fields.removeIf(key -> key.equals(KEY) || key.equals(NAMES) || key.startsWith(KEY + "."));
    describe(fields);
  }

  /// The files of a model directory that contain them, by name.
  ///
  /// @throws FormatException if a name cannot be a file name
  public SequencedMap<String, FileContent> files() throws FormatException {
    var files = new LinkedHashMap<String, FileContent>();
    for (var each : byName.entrySet()) {
      String file =
          each.getKey().equals(DEFAULT) ? FILE : FOLDER + "/" + checked(each.getKey()) + ENDING;
      files.put(file, FileContent.of(each.getValue()));
    }
    return files;
  }

  private String checked(String name) throws FormatException {
    if (!SAFE_NAME.matcher(name).matches()) {
      throw new FormatException(
          Path.of(source),
          "the chat template called %s cannot be written: its name would be that of a file, of letters, digits, '_', '-' and '.'; give it another"
              .formatted(FormatException.quoted(name)));
    }
    return name;
  }

  /// Reads a template's file.
  ///
  /// @throws FormatException if it is too long or not UTF-8
  /// @throws IOException if it cannot be read
  public static String text(Path file) throws IOException {
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
