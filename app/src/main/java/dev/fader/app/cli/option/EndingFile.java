package dev.fader.app.cli.option;

import dev.fader.app.view.Json;
import dev.fader.format.DurableFile;
import dev.fader.format.FileContent;
import dev.fader.train.TrainingEvent.Finished;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/// How a run ended, beside its model, for who comes later. A run that goes on has none, and neither
/// has one that was killed.
public final class EndingFile {
  public static final String NAME = "ending.json";
  private static final int MOST_BYTES = 1 << 16;

  private EndingFile() {}

  /// How a run ended.
  ///
  /// @param ending `completed`, `stopped`, `overfitted` or `diverged`
  /// @param step steps that were taken
  /// @param verdict on its learning curve, a sentence
  public record Ending(String ending, long step, String verdict) {}

  public static void write(Path out, Finished finished) throws IOException {
    var object =
        Json.object(
            "ending", finished.ending().name().toLowerCase(Locale.ROOT),
            "step", finished.step(),
            "verdict", finished.verdict().sentence());
    var bytes = (Json.text(object) + "\n").getBytes(StandardCharsets.UTF_8);
    DurableFile.write(out.resolve(NAME), FileContent.of(bytes));
  }

  public static void delete(Path out) throws IOException {
    Files.deleteIfExists(out.resolve(NAME));
  }

  /// How the run at `out` ended, if it has and said so.
  ///
  /// @throws IOException if the file cannot be read
  public static Optional<Ending> read(Path out) throws IOException {
    var file = out.resolve(NAME);
    try {
      if (!Files.isRegularFile(file) || Files.size(file) > MOST_BYTES) {
        return Optional.empty();
      }
      var node = JsonMapper.shared().readTree(Files.readAllBytes(file));
      return Optional.of(
          new Ending(
              node.path("ending").asString(""),
              node.path("step").asLong(0),
              node.path("verdict").asString("")));
    } catch (JacksonException | NoSuchFileException broken) { // or a run that goes on deleted it
      return Optional.empty();
    }
  }
}
