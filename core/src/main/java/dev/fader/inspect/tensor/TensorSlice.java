package dev.fader.inspect.tensor;

import dev.fader.format.FormatException;
import java.util.ArrayList;
import java.util.List;

/// Some rows and columns of a tensor, decoded. All dimensions but the last together are rows.
///
/// @param rows the numbers of the rows
/// @param columns the numbers of the columns
/// @param values row by row
public record TensorSlice(String name, Range rows, Range columns, List<List<Float>> values) {
  /// Numbers at most: more are for programs that open the file.
  public static final int MOST = 1 << 20;

  public TensorSlice {
    values = List.copyOf(values);
  }

  /// The numbers from `from` to `end - 1`.
  public record Range(long from, long end) {
    public long count() {
      return end - from;
    }

    /// This as far as there are so many.
    public Range within(long size) {
      return new Range(Math.min(from, size), Math.min(end, size));
    }
  }

  /// The numbers of these rows and columns.
  ///
  /// @throws IndexOutOfBoundsException if the tensor has no such rows or columns
  /// @throws IllegalArgumentException if they are none, or more than [#MOST]
  /// @throws UnsupportedOperationException if the type is not decoded
  public static TensorSlice of(ModelTensor tensor, Range rows, Range columns) {
    var entry = tensor.entry();
    require(entry, "row", rows, entry.rows());
    require(entry, "column", columns, entry.columns());
    if (rows.count() > MOST || columns.count() > MOST / rows.count()) {
      throw new IllegalArgumentException(
          "%d x %d numbers of %s are too many to show: at most %d"
              .formatted(
                  rows.count(), columns.count(), FormatException.quoted(entry.name()), MOST));
    }
    var values = new ArrayList<List<Float>>();
    for (long row = rows.from(); row < rows.end(); row++) {
      var line = new ArrayList<Float>();
      for (long column = columns.from(); column < columns.end(); column++) {
        line.add(tensor.get(row * entry.columns() + column));
      }
      values.add(line);
    }
    return new TensorSlice(entry.name(), rows, columns, values);
  }

  static void require(TensorEntry entry, String what, Range range, long size) {
    if (range.from() >= range.end()) {
      throw new IllegalArgumentException(
          "%ss %d:%d are none: the end must be greater than the start"
              .formatted(what, range.from(), range.end()));
    }
    require(entry, what, range.from(), size);
    require(entry, what, range.end() - 1, size);
  }

  static void require(TensorEntry entry, String what, long index, long size) {
    if (index < 0 || index >= size) {
      throw new IndexOutOfBoundsException(
          "%s has no %s %d: its shape is %s, which is %d rows and %d columns, counted from 0"
              .formatted(
                  FormatException.quoted(entry.name()),
                  what,
                  index,
                  entry.shape(),
                  entry.rows(),
                  entry.columns()));
    }
  }
}
