package dev.fader.app.cli;

import dev.fader.format.DurableFile;
import dev.fader.train.Recipe;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/// The decisions of a run, kept beside its model, so that `--resume` needs none of the flags again and a faster machine
/// does not choose another model.
final class RecipeFile {
  private static final String NAME = "recipe.json";
  private static final int MOST_BYTES = 1 << 20;

  private RecipeFile() {}

  static void write(Path out, Recipe recipe) throws IOException {
    Files.createDirectories(out);
    var decisions = new LinkedHashMap<String, String>();
    recipe.decisions().forEach(decision -> decisions.put(decision.name(), decision.value()));
    var bytes = (Json.text(decisions) + "\n").getBytes(StandardCharsets.UTF_8);
    DurableFile.write(
        out.resolve(NAME),
        channel -> {
          var buffer = ByteBuffer.wrap(bytes);
          while (buffer.hasRemaining()) {
            channel.write(buffer);
          }
        });
  }

  /// The decisions by name; empty if there is no such file.
  ///
  /// @throws IOException if it says something else
  static Optional<Map<String, String>> read(Path out) throws IOException {
    var file = out.resolve(NAME);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    if (Files.size(file) > MOST_BYTES) {
      throw new IOException(file + " is larger than a recipe: delete it, and give the flags again");
    }
    try {
      var decisions = new LinkedHashMap<String, String>();
      var node = JsonMapper.shared().readTree(Files.readString(file));
      node.properties().forEach(entry -> decisions.put(entry.getKey(), entry.getValue().asString()));
      return Optional.of(decisions);
    } catch (JacksonException broken) {
      throw new IOException(
          file + " is no recipe: delete it, and give the flags of the run again", broken);
    }
  }
}
