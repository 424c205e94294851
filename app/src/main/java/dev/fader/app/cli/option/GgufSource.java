package dev.fader.app.cli.option;

import dev.fader.format.GgufFile;
import dev.fader.model.convert.ModelConversion;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// A model as a GGUF file: the file that it is, or a copy of a directory, which lasts until this is
/// closed.
public final class GgufSource implements AutoCloseable {
  private final Path file;
  private final boolean copied;

  private GgufSource(Path file, boolean copied) {
    this.file = file;
    this.copied = copied;
  }

  /// The model `in`. A copy goes into `folder`, which has room for a model.
  ///
  /// @throws IOException if it is none, or cannot be read
  @SuppressWarnings("MustBeClosedChecker")
  public static GgufSource of(Path in, Path folder) throws IOException {
    if (!Files.isDirectory(in)) {
      if (!GgufFile.isGguf(in)) {
        throw new IOException("%s is neither a .gguf file nor a model directory".formatted(in));
      }
      return new GgufSource(in, false);
    }
    var copy = new GgufSource(Files.createTempFile(folder, ".fader-", ".gguf"), true);
    copy.file.toFile().deleteOnExit(); // Nothing is closed after Ctrl-C.
    try {
      new ModelConversion(in, copy.file, Optional.empty(), (bytes, total) -> {}).run();
      return copy;
    } catch (IOException | RuntimeException | Error failed) {
      copy.close();
      throw failed;
    }
  }

  public Path file() {
    return file;
  }

  @Override
  public void close() throws IOException {
    if (copied) {
      Files.deleteIfExists(file);
    }
  }
}
