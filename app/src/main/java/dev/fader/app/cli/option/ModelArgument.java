package dev.fader.app.cli.option;

import dev.fader.app.hub.Hub;
import dev.fader.app.hub.ModelName;
import dev.fader.format.GgufFile;
import dev.fader.kernel.Engine;
import dev.fader.model.file.LoadedModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import picocli.CommandLine.Parameters;

/// The model that a command runs.
public final class ModelArgument {
  @Parameters(
      paramLabel = "MODEL",
      description =
          "A model directory, such as the --out of train, a .gguf file, or OWNER/NAME[:FILE] that"
              + " pull has fetched.")
  private Path path = Path.of("");

  ModelArgument() {}

  /// Opens it. The caller closes it.
  ///
  /// @throws IOException if there is no model, or it cannot be read
  @SuppressWarnings("MustBeClosedChecker")
  public LoadedModel open(Engine engine) throws IOException {
    return open(path, engine, false);
  }

  /// The same, skipping zeros if `sparse`. The caller closes it.
  ///
  /// @throws IOException if there is no model, or it cannot be read
  @SuppressWarnings("MustBeClosedChecker")
  public LoadedModel open(Engine engine, boolean sparse) throws IOException {
    return open(path, engine, sparse);
  }

  /// Opens the model under a name. The caller closes it.
  ///
  /// @throws IOException if there is no model, or it cannot be read
  @SuppressWarnings("MustBeClosedChecker")
  public static LoadedModel open(Path name, Engine engine, boolean sparse) throws IOException {
    var path = resolve(name);
    if (!Files.isDirectory(path) && !GgufFile.isGguf(path)) {
      throw new IOException(
          path + " is not a model: name a directory that train wrote, or a .gguf file");
    }
    if (Files.isDirectory(path) && !Files.exists(path.resolve("config.json"))) {
      throw new IOException(
          path + " is not a model: it has no config.json; name a directory that train wrote");
    }
    return LoadedModel.open(path, engine.memory(), sparse);
  }

  /// What is there under this name, else what the cache of the hub has.
  ///
  /// @throws IOException if neither has it
  public static Path resolve(Path path) throws IOException {
    if (Files.exists(path)) {
      return path;
    }
    var name = path.toString();
    if (!ModelName.isLike(name)) {
      throw new NoSuchFileException(name);
    }
    return Hub.ofEnvironment()
        .find(ModelName.parse(name), Hub.MAIN)
        .orElseThrow(() ->
            new IOException(
                "%s: no such file or directory, and no model that was fetched: fader pull %s"
                    .formatted(name, name)));
  }
}
