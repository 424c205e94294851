package dev.fader.format;

import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/// A tensor as a file holds it: its name, how it is stored, its shape and its mapped bytes.
///
/// @param name the name in the file
/// @param type how the elements are stored
/// @param shape the dimensions
/// @param file the file that holds it
/// @param data the bytes, read-only, there until the [TensorFile] is closed
public record StoredTensor(
    String name, StorageType type, Shape shape, Path file, MemorySegment data) {

  /// The tensor over the mapped bytes themselves: nothing is copied, and it cannot be written.
  ///
  /// @throws FormatException if no [dev.fader.tensor.DType] has these bytes; [#copyTo] may convert
  ///   them
  public Tensor mapped() throws FormatException {
    var tensorType =
        type.tensorType()
            .orElseThrow(() -> wrong("is stored as " + type + ", which cannot be used in place"));
    return new Tensor(tensorType, shape, data);
  }

  /// Copies all elements into `target`, converting what is stored in another way.
  ///
  /// @throws FormatException if the shapes differ or the elements have no float32 value
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

  private FormatException wrong(String problem) {
    return new FormatException(file, "tensor " + FormatException.quoted(name), problem);
  }
}
