package dev.fader.app.cli;

import dev.fader.model.LanguageModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import picocli.CommandLine.Parameters;

/// The model that a command runs.
final class ModelArgument {
  @Parameters(paramLabel = "MODEL", description = "A model directory, such as the --out of train.")
  private Path directory = Path.of("");

  ModelArgument() {}

  /// Opens it. The caller closes it.
  ///
  /// @throws IOException if there is no model, or it cannot be read
  @SuppressWarnings("MustBeClosedChecker")
  LanguageModel open(Engine engine) throws IOException {
    if (!Files.exists(directory)) {
      throw new NoSuchFileException(directory.toString());
    }
    if (!Files.isDirectory(directory)) {
      throw new NotDirectoryException(directory.toString());
    }
    if (!Files.exists(directory.resolve("config.json"))) {
      throw new IOException(
          directory + " is no model: it has no config.json; name a directory that train wrote");
    }
    return LanguageModel.open(directory, engine.memory());
  }
}
