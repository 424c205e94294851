package dev.fader.app.studio;

import dev.fader.app.cli.CommandLineRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// A model that reads bytes, one of whose tokens is a script, and another of 10,000 letters.
public final class HostileModel {
  public static final String SCRIPT = "<script>alert(1)</script>\u202e\u200f\"'&";
  public static final int SCRIPT_ID = 258;

  private HostileModel() {}

  public static Path write(Path directory) throws IOException {
    Files.createDirectory(directory);
    var llama = CommandLineRun.golden("models/llama");
    for (var name : List.of("config.json", "model.safetensors")) {
      Files.copy(llama.resolve(name), directory.resolve(name));
    }
    var tokenizer = CommandLineRun.golden("evaluation/begun");
    var config = "tokenizer_config.json";
    Files.copy(tokenizer.resolve(config), directory.resolve(config));
    var json =
        (ObjectNode) JsonMapper.shared().readTree(tokenizer.resolve("tokenizer.json").toFile());
    var added = (ArrayNode) json.required("added_tokens");
    int id = SCRIPT_ID;
    for (var content : List.of(SCRIPT, "w".repeat(10_000))) {
      added
          .addObject()
          .put("id", id++)
          .put("content", content)
          .put("single_word", false)
          .put("lstrip", false)
          .put("rstrip", false)
          .put("normalized", false)
          .put("special", true);
    }
    Files.writeString(directory.resolve("tokenizer.json"), json.toString());
    return directory;
  }
}
