package dev.fader.format;

import dev.fader.tensor.DType;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeSet;

/// The tensors of a safetensors file, or of a model directory with one or several of them, mapped
/// read-only: opening reads only the headers.
///
/// A directory contains either `model.safetensors` or `model.safetensors.index.json`, which lists
/// the shard of each tensor. Safe for use by several threads. Using a tensor after [#close()]
/// throws `IllegalStateException`. A file must not be truncated while it is open.
///
/// Source: [safetensors format](https://github.com/huggingface/safetensors#format).
public final class TensorFile implements AutoCloseable {
  private static final String SINGLE = "model.safetensors";
  private static final String INDEX = "model.safetensors.index.json";

  private final Path path;
  private final Arena arena;
  private final SequencedMap<String, StoredTensor> tensors = new LinkedHashMap<>();
  private final Map<String, String> metadata = new LinkedHashMap<>();

  private TensorFile(Path path, Arena arena) {
    this.path = path;
    this.arena = arena;
  }

  /// Opens a safetensors file, or a model directory.
  ///
  /// @throws NoSuchFileException if it does not exist
  /// @throws FormatException if a file is truncated or inconsistent
  @SuppressWarnings("MustBeClosedChecker") // The returned file owns the arena.
  public static TensorFile open(Path fileOrDirectory) throws IOException {
    var arena = Arena.ofShared();
    var file = new TensorFile(fileOrDirectory, arena);
    try {
      if (Files.isDirectory(fileOrDirectory)) {
        file.mapDirectory();
      } else {
        file.tensors.putAll(file.map(fileOrDirectory));
      }
      return file;
    } catch (IOException | RuntimeException | Error failed) {
      arena.close();
      throw failed;
    }
  }

  private void mapDirectory() throws IOException {
    if (Files.exists(path.resolve(SINGLE))) {
      tensors.putAll(map(path.resolve(SINGLE)));
    } else if (Files.exists(path.resolve(INDEX))) {
      mapShards();
    } else {
      throw new NoSuchFileException(
          path.toString(), null, "it holds neither %s nor %s".formatted(SINGLE, INDEX));
    }
  }

  private void mapShards() throws IOException {
    Path index = path.resolve(INDEX);
    Map<String, String> shardOfTensor = ShardIndex.read(index);
    for (String shard : new TreeSet<>(shardOfTensor.values())) {
      Path file = path.resolve(shard);
      if (!Files.exists(file)) {
        throw new FormatException(
            index, "weight_map", "names " + FormatException.quoted(shard) + ", which is missing");
      }
      map(file)
          .forEach((name, tensor) -> {
            if (shard.equals(shardOfTensor.get(name))) {
              tensors.put(name, tensor);
            }
          });
    }
    for (var entry : shardOfTensor.entrySet()) {
      if (!tensors.containsKey(entry.getKey())) {
        throw new FormatException(
            index,
            "weight_map",
            "places tensor %s in %s, which has no such tensor"
                .formatted(
                    FormatException.quoted(entry.getKey()),
                    FormatException.quoted(entry.getValue())));
      }
    }
  }

  private Map<String, StoredTensor> map(Path file) throws IOException {
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      throw new FormatException(file, "is not a regular file");
    }
    try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
      var header = SafetensorsHeader.read(file, channel);
      var data = channel.map(MapMode.READ_ONLY, 0, channel.size(), arena);
      var mapped = new LinkedHashMap<String, StoredTensor>();
      for (var entry : header.entries()) {
        long start = header.dataStart() + entry.begin();
        var bytes = data.asSlice(start, entry.end() - entry.begin());
        mapped.put(
            entry.name(),
            new StoredTensor(entry.name(), entry.type(), entry.shape(), file, start, bytes));
      }
      metadata.putAll(header.metadata());
      return mapped;
    }
  }

  /// The path that was opened: a file or a directory.
  public Path path() {
    return path;
  }

  /// All tensors, in the order of their bytes.
  public Collection<StoredTensor> tensors() {
    return Collections.unmodifiableCollection(tensors.values());
  }

  /// All names, in the order of their bytes.
  public List<String> names() {
    return List.copyOf(tensors.keySet());
  }

  /// The tensor `name`, if there is one.
  public Optional<StoredTensor> find(String name) {
    return Optional.ofNullable(tensors.get(name));
  }

  /// The tensor `name`.
  ///
  /// @throws FormatException if there is none
  public StoredTensor get(String name) throws FormatException {
    return find(name)
        .orElseThrow(() ->
            new FormatException(path, "tensor " + FormatException.quoted(name), "is missing"));
  }

  /// The tensor `name` over the mapped bytes, read-only.
  ///
  /// @throws FormatException if there is none, or its type has no [dev.fader.tensor.DType]
  public Tensor tensor(String name) throws FormatException {
    return get(name).mapped();
  }

  /// All floating-point tensors by name: mapped and read-only if kernels can multiply by their
  /// type, else converted to float32 in `converted`. Other tensors, such as masks and counters, are
  /// skipped.
  ///
  /// @throws FormatException if one of them cannot be converted
  public SequencedMap<String, Tensor> weights(TensorArena converted) throws FormatException {
    var weights = new LinkedHashMap<String, Tensor>();
    for (StoredTensor stored : tensors.values()) {
      if (stored.type().isMultiplied()) {
        weights.put(stored.name(), stored.mapped());
      } else if (stored.type().isFloatingPoint()) {
        Tensor target = converted.allocate(DType.FLOAT32, stored.shape());
        stored.copyTo(target);
        weights.put(stored.name(), target);
      }
    }
    return weights;
  }

  /// The metadata of the files.
  public Map<String, String> metadata() {
    return Collections.unmodifiableMap(metadata);
  }

  /// Unmaps everything.
  @Override
  public synchronized void close() {
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }
}
