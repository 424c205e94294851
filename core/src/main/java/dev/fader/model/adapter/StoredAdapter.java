package dev.fader.model.adapter;

import dev.fader.format.FormatException;
import dev.fader.format.GgufFile;
import dev.fader.format.JsonFile;
import dev.fader.model.Parameters;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/// An adapter in a file or directory of any format that is read, which is recognised by what is
/// there.
///
/// @param path of the directory or file
/// @param format of it
@SuppressWarnings("exports") // kernel types, which are exported only to Fader's modules
public record StoredAdapter(Path path, Format format) {
  private static final String WHAT =
      "a directory that tune, peft or mlx-lm wrote, or a GGUF file of an adapter";

  /// Who wrote it.
  public enum Format {
    /// A directory with `adapter_config.json` and `adapter_model.safetensors`.
    PEFT("peft"),
    /// A file of llama.cpp.
    GGUF("gguf"),
    /// A directory with `adapter_config.json` and `adapters.safetensors`.
    MLX("mlx-lm");

    private final String label;

    Format(String label) {
      this.label = label;
    }

    /// How it is called.
    public String label() {
      return label;
    }
  }

  /// Looks at what is there.
  ///
  /// @throws NoSuchFileException if nothing is
  /// @throws FormatException if it is no adapter
  /// @throws IOException if it cannot be read
  public static StoredAdapter of(Path path) throws IOException {
    if (!Files.exists(path)) {
      throw new NoSuchFileException(path.toString(), null, "there is no adapter: name " + WHAT);
    }
    if (!Files.isDirectory(path)) {
      return file(path);
    }
    var config = path.resolve(AdapterDirectory.CONFIG);
    if (!Files.isRegularFile(config)) {
      boolean mlx = Files.exists(path.resolve(MlxAdapter.WEIGHTS));
      throw new FormatException(
          path,
          mlx
              ? "has %s and no adapter_config.json, which says how strong they are: copy it, too"
                  .formatted(MlxAdapter.WEIGHTS)
              : "not an adapter, it has no adapter_config.json: name " + WHAT);
    }
    boolean mlx = MlxConfig.isIn(JsonFile.read(config));
    return new StoredAdapter(path, mlx ? Format.MLX : Format.PEFT);
  }

  private static StoredAdapter file(Path path) throws IOException {
    if (GgufAdapter.isAdapter(path)) {
      return new StoredAdapter(path, Format.GGUF);
    }
    throw new FormatException(
        path,
        GgufFile.isGguf(path)
            ? "is the GGUF file of a model, and not of an adapter: name " + WHAT
            : "not an adapter: name " + WHAT);
  }

  /// What it is. Of peft's, only the configuration is read, unless the model has experts, which
  /// older files change one by one.
  ///
  /// @throws FormatException if it is broken, or not supported
  /// @throws dev.fader.adapter.AdapterException if it does not fit the model `base`
  public AdapterConfig config(Parameters base) throws IOException {
    if (format == Format.PEFT && base.config().feedForward().experts().isEmpty()) {
      return AdapterDirectory.readConfig(path);
    }
    try (var arena = TensorMemory.unlimited().open("adapter")) {
      return read(base, arena).config();
    }
  }

  /// Reads it for use beside `base`: nothing in it is learned.
  ///
  /// @param values for its numbers
  /// @throws FormatException if a file is broken, or has other tensors than it should
  /// @throws dev.fader.adapter.AdapterException if it does not fit the model
  public LoadedAdapter read(Parameters base, TensorArena values) throws IOException {
    return read(base, values, Optional.empty());
  }

  /// The same for training, which changes it.
  ///
  /// @param gradients for those of its numbers
  public LoadedAdapter readLearned(Parameters base, TensorArena values, TensorArena gradients)
      throws IOException {
    return read(base, values, Optional.of(gradients));
  }

  private LoadedAdapter read(Parameters base, TensorArena values, Optional<TensorArena> gradients)
      throws IOException {
    return switch (format) {
      case PEFT -> new AdapterReader(path, base).read(values, gradients);
      case GGUF -> GgufAdapter.read(path, base, values, gradients);
      case MLX -> MlxAdapter.read(path, base, values, gradients);
    };
  }
}
