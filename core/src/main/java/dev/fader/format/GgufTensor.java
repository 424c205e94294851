package dev.fader.format;

import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/// A tensor of a GGUF file: name, type, shape and mapped bytes.
///
/// @param name the name in the file
/// @param type how the elements are stored
/// @param shape the dimensions, outermost first: the reverse of ggml's order
/// @param file that contains it
/// @param offset its first byte, counted from the start of the file
/// @param data the bytes, read-only, valid until the [GgufFile] is closed
public record GgufTensor(
    String name, GgufType type, Shape shape, Path file, long offset, MemorySegment data) {

  /// A read-only view of the mapped bytes, without copying.
  ///
  /// @throws FormatException if its type has no [dev.fader.tensor.DType]
  public Tensor mapped() throws FormatException {
    var tensorType =
        type.tensorType()
            .orElseThrow(() ->
                new FormatException(
                    file,
                    "tensor " + FormatException.quoted(name),
                    "is stored as " + type + ", which is not read"));
    return new Tensor(tensorType, shape, data);
  }
}
