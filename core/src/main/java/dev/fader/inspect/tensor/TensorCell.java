package dev.fader.inspect.tensor;

import dev.fader.quantization.BlockElement;
import java.lang.foreign.ValueLayout;
import java.util.HexFormat;
import java.util.Optional;

/// One number of a tensor and how it is stored.
///
/// @param row of the tensor as a matrix, all dimensions but the last together
/// @param column of it
/// @param value decoded to float32
/// @param offset of its bytes, or of those of its block, in the file
/// @param bytes those bytes in hexadecimal, in the order of the file
/// @param block what it is in, if numbers are stored in blocks
public record TensorCell(
    String name,
    String type,
    long row,
    long column,
    float value,
    String file,
    long offset,
    String bytes,
    Optional<Block> block) {

  /// The block that a number lies in: the number is `scale * level - minimum`.
  ///
  /// @param number of the block in the tensor, from 0
  /// @param elements of the block
  /// @param index of the number in the block
  /// @param scale of the sub-block, the scale of the block included
  /// @param minimum of the sub-block, 0 in symmetric formats
  /// @param level NaN where the scale is 0
  /// @param code as the level is stored, -1 where vectors have one together or the scale is 0
  public record Block(
      long number, int elements, int index, float scale, float minimum, double level, int code) {}

  /// The number at a place.
  ///
  /// @throws IndexOutOfBoundsException if the tensor has no such row or column
  /// @throws UnsupportedOperationException if its type is not decoded
  public static TensorCell of(ModelTensor tensor, long row, long column) {
    var entry = tensor.entry();
    TensorSlice.require(entry, "row", row, entry.rows());
    TensorSlice.require(entry, "column", column, entry.columns());
    long index = row * entry.columns() + column;
    long number = index / tensor.blockSize();
    long at = tensor.bytesFor(number * tensor.blockSize());
    var bytes = tensor.data().asSlice(at, tensor.bytesFor(1)).toArray(ValueLayout.JAVA_BYTE);
    int within = (int) (index % tensor.blockSize());
    Optional<Block> block = Optional.empty();
    var stored = tensor.mapped();
    if (stored.isPresent() && stored.get().type().isQuantized()) {
      var format = stored.get().type().blockFormat();
      var element = BlockElement.of(format, tensor.data(), at, within);
      block =
          Optional.of(
              new Block(
                  number,
                  tensor.blockSize(),
                  within,
                  element.scale(),
                  element.minimum(),
                  element.level(),
                  element.code()));
    }
    return new TensorCell(
        entry.name(),
        entry.type(),
        row,
        column,
        tensor.get(index),
        entry.file(),
        entry.offset() + at,
        HexFormat.of().formatHex(bytes),
        block);
  }
}
