package dev.fader.kernel.matrix;

import dev.fader.tensor.Tensor;

/// A two-dimensional window on a tensor: element (r, c) is element `offset + r * rowStride + c *
/// columnStride`.
///
/// A window may be a run of columns of a wider tensor or a transposed one; nothing is copied.
public record Matrix(
    Tensor tensor, long offset, int rows, int columns, long rowStride, long columnStride) {
  public Matrix {
    if (rows < 0 || columns < 0 || offset < 0 || rowStride < 0 || columnStride < 0) {
      throw new IllegalArgumentException(
          "negative size in a %d x %d window".formatted(rows, columns));
    }
    if (rows > 0 && columns > 0) {
      long last =
          Math.addExact(
              offset,
              Math.addExact(
                  Math.multiplyExact(rows - 1L, rowStride),
                  Math.multiplyExact(columns - 1L, columnStride)));
      if (last >= tensor.elements()) {
        throw new IndexOutOfBoundsException(
            "a %d x %d window at %d with strides %d, %d leaves %s"
                .formatted(rows, columns, offset, rowStride, columnStride, tensor));
      }
    }
  }

  /// The whole tensor; all dimensions but the last become rows.
  public static Matrix of(Tensor tensor) {
    var shape = tensor.shape();
    int columns = shape.size(shape.rank() - 1);
    int rows = columns == 0 ? 0 : Math.toIntExact(tensor.elements() / columns);
    return new Matrix(tensor, 0, rows, columns, columns, 1);
  }

  /// Rows and columns exchanged.
  public Matrix transposed() {
    return new Matrix(tensor, offset, columns, rows, columnStride, rowStride);
  }

  /// `count` columns from `start`.
  public Matrix columns(int start, int count) {
    java.util.Objects.checkFromIndexSize(start, count, columns);
    return new Matrix(tensor, offset + start * columnStride, rows, count, rowStride, columnStride);
  }

  /// `count` rows from `start`.
  public Matrix rows(int start, int count) {
    java.util.Objects.checkFromIndexSize(start, count, rows);
    return new Matrix(tensor, offset + start * rowStride, count, columns, rowStride, columnStride);
  }

  /// The same window on another tensor.
  public Matrix on(Tensor other) {
    return new Matrix(other, offset, rows, columns, rowStride, columnStride);
  }

  /// Element (row, column), converted to float32.
  public float get(int row, int column) {
    return tensor.get(offset + row * rowStride + column * columnStride);
  }

  /// Sets `target`, one number for each column, to a row.
  public void read(int row, float[] target) {
    long start = offset + row * rowStride;
    long skipped = start % tensor.type().blockSize();
    if (columnStride != 1) {
      for (int column = 0; column < target.length; column++) {
        target[column] = get(row, column);
      }
    } else if (skipped == 0) {
      tensor.read(start, target, 0, target.length);
    } else {
      var blocks = new float[Math.toIntExact(skipped) + target.length];
      tensor.read(start - skipped, blocks, 0, blocks.length);
      System.arraycopy(blocks, (int) skipped, target, 0, target.length);
    }
  }

  /// Sets element (row, column).
  public void set(int row, int column, float value) {
    tensor.set(offset + row * rowStride + column * columnStride, value);
  }

  /// Sets every element.
  public void fill(float value) {
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        set(row, column, value);
      }
    }
  }
}
