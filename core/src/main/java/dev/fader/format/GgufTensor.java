package dev.fader.format;

import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/// A tensor as a GGUF file holds it: its name, how it is stored, its shape and its mapped bytes.
///
/// @param name the name in the file
/// @param type how the elements are stored
/// @param shape the dimensions, outermost first: those of ggml from last to first
/// @param file the file that holds it
/// @param data the bytes, read-only, there until the [GgufFile] is closed
public record GgufTensor(String name, GgufType type, Shape shape, Path file, MemorySegment data) {

  /// The tensor over the mapped bytes themselves: nothing is copied, and it cannot be written.
  ///
  /// @throws FormatException if no [dev.fader.tensor.DType] has these bytes
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
