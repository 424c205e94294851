package dev.fader.format;

import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Objects;

/// A tensor of a safetensors file: name, type, shape and mapped bytes.
///
/// @param name the name in the file
/// @param type how the elements are stored
/// @param shape the dimensions
/// @param file that contains it
/// @param offset its first byte, counted from the start of the file
/// @param data the bytes, read-only, valid until the [TensorFile] is closed
public record StoredTensor(
    String name, StorageType type, Shape shape, Path file, long offset, MemorySegment data) {

  /// A read-only view of the mapped bytes, without copying.
  ///
  /// @throws FormatException if its type has no [dev.fader.tensor.DType]; [#copyTo] may convert it
  public Tensor mapped() throws FormatException {
    var tensorType =
        type.tensorType()
            .orElseThrow(() -> wrong("is stored as " + type + ", which cannot be used in place"));
    return new Tensor(tensorType, shape, data);
  }

  /// Copies all elements into `target`, converting their type.
  ///
  /// @throws FormatException if the shapes differ or the elements cannot be converted to float32
  public void copyTo(Tensor target) throws FormatException {
    if (!shape.equals(target.shape())) {
      throw wrong("has shape " + shape + " where " + target.shape() + " is needed");
    }
    if (type.tensorType().isPresent()) {
      target.copyFrom(mapped());
      return;
    }
    if (!type.isReadable()) {
      throw wrong("is stored as " + type + ", which cannot be converted to float32");
    }
    for (long i = 0; i < shape.elements(); i++) {
      target.set(i, type.toFloat(data, i));
    }
  }

  /// Sets `count` numbers of `target` from `at` on to the elements from `start` on, in row-major
  /// order, converted to float32.
  ///
  /// @throws IndexOutOfBoundsException if there are not so many
  /// @throws UnsupportedOperationException if the type is not [StorageType#isReadable]
  public void read(long start, float[] target, int at, int count) {
    Objects.checkFromIndexSize(start, count, shape.elements());
    Objects.checkFromIndexSize(at, count, target.length);
    for (int i = 0; i < count; i++) {
      target[at + i] = type.toFloat(data, start + i);
    }
  }

  private FormatException wrong(String problem) {
    return new FormatException(file, "tensor " + FormatException.quoted(name), problem);
  }
}
