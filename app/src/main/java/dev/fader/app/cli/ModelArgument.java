package dev.fader.app.cli;

import dev.fader.format.GgufFile;
import dev.fader.model.LanguageModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import picocli.CommandLine.Parameters;

/// The model that a command runs.
final class ModelArgument {
  @Parameters(
      paramLabel = "MODEL",
      description = "A model directory, such as the --out of train, or a .gguf file.")
  private Path path = Path.of("");

  ModelArgument() {}

  /// Opens it. The caller closes it.
  ///
  /// @throws IOException if there is no model, or it cannot be read
  @SuppressWarnings("MustBeClosedChecker")
  LanguageModel open(Engine engine) throws IOException {
    if (!Files.exists(path)) {
      throw new NoSuchFileException(path.toString());
    }
    if (!Files.isDirectory(path) && !GgufFile.isGguf(path)) {
      throw new IOException(
          path + " is no model: name a directory that train wrote, or a .gguf file");
    }
    if (Files.isDirectory(path) && !Files.exists(path.resolve("config.json"))) {
      throw new IOException(
          path + " is no model: it has no config.json; name a directory that train wrote");
    }
    return LanguageModel.open(path, engine.memory());
  }
}
