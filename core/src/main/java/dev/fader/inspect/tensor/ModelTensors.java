package dev.fader.inspect.tensor;

import dev.fader.format.FormatException;
import dev.fader.format.GgufFile;
import dev.fader.format.TensorFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/// The tensors of a model file, under the names that they have there: a GGUF file or the first of
/// several, a safetensors file, or a directory of those. Nothing but headers is read to open it,
/// and the family of the model need not be known.
///
/// For use by several threads.
public final class ModelTensors implements AutoCloseable {
  private final Path path;
  private final Runnable unmap;
  private final Map<Path, FileChannel> channels = new HashMap<>();
  private final SequencedMap<String, ModelTensor> tensors = new LinkedHashMap<>();

  private ModelTensors(Path path, GgufFile file) throws IOException {
    this.path = path;
    unmap = file::close;
    try {
      for (var stored : file.tensors()) {
        tensors.put(stored.name(), ModelTensor.of(stored, channel(stored.file())));
      }
    } catch (IOException | RuntimeException | Error failed) {
      close();
      throw failed;
    }
  }

  private ModelTensors(Path path, TensorFile file) throws IOException {
    this.path = path;
    unmap = file::close;
    try {
      for (var stored : file.tensors()) {
        tensors.put(stored.name(), ModelTensor.of(stored, channel(stored.file())));
      }
    } catch (IOException | RuntimeException | Error failed) {
      close();
      throw failed;
    }
  }

  private FileChannel channel(Path file) throws IOException {
    var channel = channels.get(file);
    if (channel == null) {
      channel = FileChannel.open(file, StandardOpenOption.READ);
      channels.put(file, channel);
    }
    return channel;
  }

  /// Opens what is at `path`.
  ///
  /// @throws NoSuchFileException if there is nothing
  /// @throws FormatException if it is no model, is truncated, or inconsistent
  @SuppressWarnings("MustBeClosedChecker") // what is returned owns the file
  public static ModelTensors open(Path path) throws IOException {
    if (!Files.exists(path)) {
      throw new NoSuchFileException(path.toString());
    }
    if (Files.isRegularFile(path) && GgufFile.isGguf(path)) {
      return new ModelTensors(path, GgufFile.open(path));
    }
    if (Files.isRegularFile(path) && !path.toString().endsWith(".safetensors")) {
      throw new FormatException(
          path, "is not a model: name a directory, a .safetensors or a .gguf file");
    }
    return new ModelTensors(path, TensorFile.open(path));
  }

  /// What was opened.
  public Path path() {
    return path;
  }

  /// All of them, in the order of the file.
  public Collection<ModelTensor> all() {
    return Collections.unmodifiableCollection(tensors.values());
  }

  /// The tensor of that name, if there is one.
  public Optional<ModelTensor> find(String name) {
    return Optional.ofNullable(tensors.get(name));
  }

  /// Those that `pattern` names, in the order of the file: a name, a part of names between dots, or
  /// either with `*` for any letters.
  ///
  /// @throws IllegalArgumentException if there is none, with the nearest names
  public List<ModelTensor> matching(String pattern) {
    var found = new ArrayList<ModelTensor>();
    var wanted = new TensorPattern(pattern);
    for (var tensor : tensors.values()) {
      if (wanted.matches(tensor.entry().name())) {
        found.add(tensor);
      }
    }
    if (found.isEmpty()) {
      throw NoSuchTensorException.of(wanted, tensors.keySet());
    }
    return found;
  }

  /// Closes the files. What was opened here must not be used any more.
  @Override
  public void close() {
    unmap.run();
    for (var channel : channels.values()) {
      try {
        channel.close();
      } catch (IOException unwritten) {
        throw new UncheckedIOException(unwritten); // nothing was written
      }
    }
  }
}
