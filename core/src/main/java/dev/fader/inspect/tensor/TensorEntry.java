package dev.fader.inspect.tensor;

import java.util.List;

/// A tensor of a file without its numbers.
///
/// @param name in the file
/// @param type by the name that the format has for it: `Q4_K`, `BF16`
/// @param shape outermost dimension first
/// @param elements how many numbers it has
/// @param bytes that they take
/// @param file that they are in
/// @param offset of the first byte in the file
public record TensorEntry(
    String name,
    String type,
    List<Long> shape,
    long elements,
    long bytes,
    String file,
    long offset) {
  public TensorEntry {
    shape = List.copyOf(shape);
  }

  /// Bits that a number takes, scales included; 0 if there is none.
  public double bitsPerWeight() {
    return elements == 0 ? 0 : 8.0 * bytes / elements;
  }

  /// Numbers of a row: the last dimension.
  public long columns() {
    return shape.isEmpty() ? 1 : shape.getLast();
  }

  /// Rows, those of all matrices of a stack one after the other.
  public long rows() {
    return columns() == 0 ? 0 : elements / columns();
  }
}
