package dev.fader.model.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fader.format.DurableFile;
import dev.fader.format.FormatException;
import dev.fader.format.GgufMetadataBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Chat templates wherever they stand, and from each place to every other.
class ChatTemplatesTest {
  private static final Map<String, String> BOTH =
      Map.of("default", "usual\n", "tool_use", "\u00fc");

  @TempDir Path directory;

  private Path write(String name, String text) throws IOException {
    Path file = directory.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, text);
  }

  private static ChatTemplates throughGguf(ChatTemplates templates) throws IOException {
    var fields = new GgufMetadataBuilder();
    templates.describe(fields);
    var metadata = fields.metadata(Path.of("x.gguf"));
    var named = templates.byName().keySet().stream().filter(n -> !n.equals("default")).toList();
    assertEquals(named, metadata.texts("tokenizer.chat_templates").orElse(List.of()));
    return ChatTemplates.of(metadata);
  }

  private void check(Map<String, String> expected) throws IOException {
    var found = ChatTemplates.of(directory);
    assertEquals(expected, found.byName());
    assertEquals(expected, throughGguf(found).byName());
    Path other = directory.resolve("other");
    for (var file : throughGguf(found).files().entrySet()) {
      Path target = other.resolve(file.getKey());
      Files.createDirectories(target.getParent());
      DurableFile.write(target, file.getValue());
    }
    Files.createDirectories(other);
    assertEquals(expected, ChatTemplates.of(other).byName());
  }

  @Test
  void readFromSeparateFiles() throws IOException {
    write("chat_template.jinja", "usual\n");
    write("additional_chat_templates/tool_use.jinja", "\u00fc");
    write("additional_chat_templates/notes.txt", "no template");
    check(BOTH);
  }

  @Test
  void readFromListInConfig() throws IOException {
    write(
        "tokenizer_config.json",
        """
        {"chat_template": [{"name": "default", "template": "usual\\n"},
          {"name": "tool_use", "template": "\u00fc"}]}
        """);
    check(BOTH);
  }

  @Test
  void readFromStringInConfig() throws IOException {
    write("tokenizer_config.json", "{\"chat_template\": \"x\"}");
    check(Map.of("default", "x"));
  }

  /// As transformers reads it.
  @Test
  void fileOverridesConfig() throws IOException {
    write("tokenizer_config.json", "{\"chat_template\": {\"default\": \"old\", \"rag\": \"old\"}}");
    write("chat_template.jinja", "new");
    check(Map.of("default", "new"));
  }

  @Test
  void readWithoutTemplatesGivesNone() throws IOException {
    check(Map.of());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"../x", "a/b", "..", ".hidden", "", "a\\b", "/etc/x", "a\u0000b", "x:y", "\u00fc"})
  void writeUnsafeNameFails(String name) {
    var fields = new GgufMetadataBuilder().text("tokenizer.chat_template." + name, "x");
    for (var attempt : List.of("files", "gguf")) {
      var refused =
          assertThrows(
              FormatException.class,
              () -> {
                var templates = ChatTemplates.of(fields.metadata(Path.of("x.gguf")));
                assertEquals(Map.of(name, "x"), templates.byName());
                if (attempt.equals("files")) {
                  templates.files();
                } else {
                  templates.describe(new GgufMetadataBuilder());
                }
              });
      assertEquals(
          "x.gguf tokenizer.chat_template: the chat template called %s cannot be written: its name would be that of a file, of letters, digits, '_', '-' and '.'; give it another"
              .formatted(FormatException.quoted(name)),
          refused.getMessage());
    }
  }
}
