package dev.fader.format;

import dev.fader.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
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
import java.util.Optional;
import java.util.SequencedMap;

/// A GGUF file of version 2 or 3, mapped read-only. Opening validates everything before the data
/// without copying strings or numbers.
///
/// A split model, `NAME-00001-of-00003.gguf`, is opened by its first file. Safe for use by several
/// threads. Any use after [#close()] throws `IllegalStateException`. A file must not be truncated
/// while it is open.
///
/// Source: [GGUF](https://github.com/ggml-org/ggml/blob/master/docs/gguf.md).
public final class GgufFile implements AutoCloseable {
  private final Path path;
  private final Arena arena;
  private final SequencedMap<String, GgufTensor> tensors = new LinkedHashMap<>();
  private final GgufMetadata metadata;

  private GgufFile(Path path, Arena arena) throws IOException {
    this.path = path;
    this.arena = arena;
    this.metadata = map(path);
    long count = GgufSplit.count(metadata);
    if (count > 1) {
      mapOthers(count);
    }
  }

  /// Opens a GGUF file, or all parts of a split model by the first.
  ///
  /// @throws NoSuchFileException if it does not exist
  /// @throws FormatException if a file is truncated or inconsistent
  @SuppressWarnings("MustBeClosedChecker") // The returned file owns the arena.
  public static GgufFile open(Path path) throws IOException {
    var arena = Arena.ofShared();
    try {
      return new GgufFile(path, arena);
    } catch (IOException | RuntimeException | Error failed) {
      arena.close();
      throw failed;
    }
  }

  /// Whether `file` begins with the magic number of GGUF.
  public static boolean isGguf(Path file) throws IOException {
    try (var input = Files.newInputStream(file)) {
      byte[] magic = input.readNBytes(4);
      return magic.length == 4
          && magic[0] == 'G'
          && magic[1] == 'G'
          && magic[2] == 'U'
          && magic[3] == 'F';
    }
  }

  private GgufMetadata map(Path file) throws IOException {
    if (!Files.exists(file)) {
      throw new NoSuchFileException(file.toString());
    }
    if (!Files.isRegularFile(file)) {
      throw new FormatException(file, "is not a regular file");
    }
    MemorySegment data;
    try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
      data = channel.map(MapMode.READ_ONLY, 0, channel.size(), arena);
    }
    var header = new GgufHeaderParser(file, data).parse();
    for (var tensor : header.map(data).values()) {
      if (tensors.putIfAbsent(tensor.name(), tensor) != null) {
        throw new FormatException(
            file,
            "tensor " + FormatException.quoted(tensor.name()),
            "is in another part of the model, too");
      }
    }
    return header.metadata();
  }

  private void mapOthers(long count) throws IOException {
    int number = 1;
    for (Path other : GgufSplit.others(path, metadata, count)) {
      GgufSplit.checkPart(map(other), number++, count);
    }
    long expected = metadata.integer(GgufSplit.TENSORS).orElse(tensors.size());
    if (expected != tensors.size()) {
      throw metadata.wrong(
          GgufSplit.TENSORS,
          "is %d, and the %d parts hold %d tensors".formatted(expected, count, tensors.size()));
    }
  }

  /// The path that was opened.
  public Path path() {
    return path;
  }

  /// The metadata of the file, or of the first of several.
  public GgufMetadata metadata() {
    return metadata;
  }

  /// All tensors, in the order of the file.
  public Collection<GgufTensor> tensors() {
    return Collections.unmodifiableCollection(tensors.values());
  }

  /// All names, in the order of the file.
  public List<String> names() {
    return List.copyOf(tensors.keySet());
  }

  /// The tensor `name`, if there is one.
  public Optional<GgufTensor> find(String name) {
    return Optional.ofNullable(tensors.get(name));
  }

  /// The tensor `name`.
  ///
  /// @throws FormatException if there is none
  public GgufTensor get(String name) throws FormatException {
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

  /// All floating-point tensors by name, over the mapped bytes and read-only.
  ///
  /// @throws FormatException if a type has no [dev.fader.tensor.DType]
  public SequencedMap<String, Tensor> weights() throws FormatException {
    var weights = new LinkedHashMap<String, Tensor>();
    for (GgufTensor tensor : tensors.values()) {
      if (tensor.type().isFloatingPoint()) {
        weights.put(tensor.name(), tensor.mapped());
      }
    }
    return weights;
  }

  /// Unmaps everything.
  @Override
  public synchronized void close() {
    if (arena.scope().isAlive()) {
      arena.close();
    }
  }
}
