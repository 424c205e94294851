package dev.fader.inspect.tensor;

import dev.fader.format.FormatException;
import dev.fader.format.GgufTensor;
import dev.fader.format.StoredTensor;
import dev.fader.kernel.factor.MatrixRows;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A tensor of an open file, of whatever type, whose numbers are decoded when they are asked for.
public final class ModelTensor {
  private final TensorEntry entry;
  private final FileChannel channel;
  private final MemorySegment data;
  private final Optional<Tensor> tensor;
  private final Optional<StoredTensor> converted; // types that are no DType
  private final int blockSize;
  private final int bytesPerBlock;

  private ModelTensor(GgufTensor stored, FileChannel channel) throws FormatException {
    entry =
        new TensorEntry(
            stored.name(),
            stored.type().name(),
            dimensions(stored.shape()),
            stored.shape().elements(),
            stored.data().byteSize(),
            stored.file().toString(),
            stored.offset());
    this.channel = channel;
    data = stored.data();
    boolean known = stored.type().tensorType().isPresent();
    tensor = known ? Optional.of(stored.mapped()) : Optional.empty();
    converted = Optional.empty();
    blockSize = stored.type().blockSize();
    bytesPerBlock = stored.type().bytesPerBlock();
  }

  private ModelTensor(StoredTensor stored, FileChannel channel) throws FormatException {
    entry =
        new TensorEntry(
            stored.name(),
            stored.type().name(),
            dimensions(stored.shape()),
            stored.shape().elements(),
            stored.data().byteSize(),
            stored.file().toString(),
            stored.offset());
    this.channel = channel;
    data = stored.data();
    boolean known = stored.type().tensorType().isPresent();
    tensor = known ? Optional.of(stored.mapped()) : Optional.empty();
    converted = known || !stored.type().isReadable() ? Optional.empty() : Optional.of(stored);
    blockSize = 1;
    bytesPerBlock = Math.toIntExact(data.byteSize() / Math.max(1, entry.elements()));
  }

  static ModelTensor of(GgufTensor stored, FileChannel channel) throws FormatException {
    return new ModelTensor(stored, channel);
  }

  static ModelTensor of(StoredTensor stored, FileChannel channel) throws FormatException {
    return new ModelTensor(stored, channel);
  }

  private static List<Long> dimensions(Shape shape) {
    var dimensions = new ArrayList<Long>();
    for (int i = 0; i < shape.rank(); i++) {
      dimensions.add(shape.dimension(i));
    }
    return dimensions;
  }

  /// Name, type, shape, and where it is.
  public TensorEntry entry() {
    return entry;
  }

  /// Whether its numbers can be decoded. Complex numbers, those of less than a byte that are not in
  /// blocks, and the types that ggml has for what it computes with, cannot.
  public boolean isReadable() {
    return tensor.isPresent() || converted.isPresent();
  }

  /// The bytes that so many numbers take, whole blocks.
  long bytesFor(long numbers) {
    return Math.ceilDiv(numbers, (long) blockSize) * bytesPerBlock;
  }

  /// Numbers of a block, 1 if they are not stored in blocks.
  int blockSize() {
    return blockSize;
  }

  /// Reads the bytes of `count` numbers from `first` on, which begins a block, into `memory`.
  ///
  /// By reading the file, not by the mapping: where a virtual machine makes page faults dear that
  /// is five times as fast, and what was read does not stay in the memory of the process.
  ///
  /// @return the numbers
  /// @throws IOException if the file has become shorter
  StoredNumbers load(long first, int count, MemorySegment memory) throws IOException {
    var bytes = memory.asSlice(0, bytesFor(count));
    var buffer = bytes.asByteBuffer();
    long from = entry.offset() + bytesFor(first);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer, from + buffer.position()) < 0) {
        throw new FormatException(
            Path.of(entry.file()),
            "tensor " + FormatException.quoted(entry.name()),
            "is cut off: the file has become shorter while it was read");
      }
    }
    return numbers(bytes, count);
  }

  private StoredNumbers numbers(MemorySegment bytes, int count) {
    var shape = Shape.of(count);
    if (tensor.isPresent()) {
      return new StoredNumbers.Typed(new Tensor(tensor.get().type(), shape, bytes));
    }
    var stored = requireReadable();
    return new StoredNumbers.Converted(
        new StoredTensor(entry.name(), stored.type(), shape, stored.file(), 0, bytes));
  }

  /// The number at a place in row-major order, decoded to float32.
  float get(long index) {
    if (tensor.isPresent()) {
      return tensor.get().get(index);
    }
    var one = new float[1];
    requireReadable().read(index, one, 0, 1);
    return one[0];
  }

  /// The rows of the tensor as a matrix, decoded when they are read.
  ///
  /// @throws IllegalArgumentException if there are too many rows or columns for a matrix
  /// @throws UnsupportedOperationException if the type is not decoded
  MatrixRows rows() {
    if (entry.rows() > Integer.MAX_VALUE || entry.columns() > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(
          "%s has %d rows and %d columns, too many for a matrix"
              .formatted(FormatException.quoted(entry.name()), entry.rows(), entry.columns()));
    }
    int rows = (int) entry.rows();
    int columns = (int) entry.columns();
    if (tensor.isPresent()) {
      return MatrixRows.of(Matrix.of(tensor.get().reshape(rows, columns)));
    }
    var stored = requireReadable();
    return MatrixRows.of(
        rows, columns, (row, target) -> stored.read((long) row * columns, target, 0, columns));
  }

  private StoredTensor requireReadable() {
    return converted.orElseThrow(() ->
        new UnsupportedOperationException(
            "the numbers of %s are stored as %s, which is not decoded"
                .formatted(FormatException.quoted(entry.name()), entry.type())));
  }

  /// How the numbers are stored, if Fader computes with the type.
  public Optional<DType> type() {
    return tensor.map(Tensor::type);
  }

  /// The numbers where they are mapped, read-only, if Fader computes with the type.
  public Optional<Tensor> mapped() {
    return tensor;
  }

  /// The bytes where they are mapped.
  MemorySegment data() {
    return data;
  }
}
