package dev.fader.model.adapter;

import dev.fader.tensor.Tensor;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/// The order of rows in memory, where it is not that of the file: row i in memory is row `at(i)` of
/// the file.
final class RowOrder {
  private final int[] rows;

  private RowOrder(int[] rows) {
    this.rows = rows;
  }

  /// The rows of tokens, in ascending order of the tokens.
  static RowOrder ascending(List<Integer> ids) {
    return new RowOrder(
        IntStream.range(0, ids.size())
            .boxed()
            .sorted(Comparator.comparing(ids::get))
            .mapToInt(Integer::intValue)
            .toArray());
  }

  /// Rows of heads whose rotary pairs are adjacent in memory, as in GGUF, and half a head apart in
  /// the file.
  static RowOrder paired(int rows, int headSize) {
    var order = new int[rows];
    for (int row = 0; row < rows; row++) {
      int index = row % headSize;
      order[row] = row - index + index / 2 + index % 2 * (headSize / 2);
    }
    return new RowOrder(order);
  }

  /// Each number of rows of keys and values in turn, of which keys have rotary pairs.
  ///
  /// @param count of rows of keys, and of values
  /// @param width of such a row
  static RowOrder prefix(int count, int width, int headSize) {
    var keys = paired(width, headSize);
    var order = new int[Math.multiplyExact(count, 2 * width)];
    for (int i = 0; i < order.length; i++) {
      int column = i % (2 * width);
      order[i] = column < width ? i - column + keys.rows[column] : i;
    }
    return new RowOrder(order);
  }

  /// Rows of gate, then of up, which alternate in the file.
  ///
  /// @param width of each
  static RowOrder apart(int width) {
    var order = new int[Math.multiplyExact(2, width)];
    for (int row = 0; row < order.length; row++) {
      order[row] = row < width ? 2 * row : 2 * (row - width) + 1;
    }
    return new RowOrder(order);
  }

  int at(int row) {
    return rows[row];
  }

  /// Sets `memory` to the rows of `file`.
  void toMemory(Tensor file, Tensor memory) {
    for (int row = 0; row < rows.length; row++) {
      part(memory, row).copyFrom(part(file, rows[row]));
    }
  }

  /// Sets `file` to the rows of `memory`.
  void toFile(Tensor memory, Tensor file) {
    for (int row = 0; row < rows.length; row++) {
      part(file, rows[row]).copyFrom(part(memory, row));
    }
  }

  /// Of whatever shape, a row is one of as many parts.
  private Tensor part(Tensor tensor, int row) {
    return tensor.reshape(rows.length, tensor.elements() / rows.length).slice(row, 1);
  }
}
