package dev.fader.kernel.matrix;

import dev.fader.tensor.DType;
import dev.fader.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/// Float32 numbers in tensors: the one layout of the row kernels, and what they ask of their
/// operands.
public final class Floats {
  /// Mapped files need not be aligned; on the machines that matter it costs nothing.
  public static final ValueLayout.OfFloat LAYOUT = ValueLayout.JAVA_FLOAT_UNALIGNED;

  public static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED;
  public static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;

  private Floats() {}

  public static float get(MemorySegment segment, long start, int index) {
    return segment.get(LAYOUT, start + ((long) index << 2));
  }

  public static void set(MemorySegment segment, long start, int index, float value) {
    segment.set(LAYOUT, start + ((long) index << 2), value);
  }

  /// The bits of a number as bfloat16, rounded to nearest, ties to even; NaN stays NaN.
  public static short bfloat16(float x) {
    int bits = Float.floatToRawIntBits(x);
    return Float.isNaN(x)
        ? (short) ((bits >>> 16) | 0x40)
        : (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
  }

  public static int id(Tensor ids, int index) {
    return ids.segment().get(INT, (long) index << 2);
  }

  /// The byte at which a row of a matrix begins.
  public static long start(Matrix matrix, int row) {
    return (matrix.offset() + row * matrix.rowStride()) << 2;
  }

  public static void require(Tensor tensor, String what) {
    if (tensor.type() != DType.FLOAT32) {
      throw new IllegalArgumentException("%s must be FLOAT32, not %s".formatted(what, tensor));
    }
  }

  public static void requireElements(Tensor tensor, long elements, String what) {
    if (tensor.elements() != elements) {
      throw new IllegalArgumentException(
          "%s must have %d elements, not %s".formatted(what, elements, tensor));
    }
  }

  /// Rows are worked on as runs of float32 in memory.
  public static void require(Matrix matrix, String what) {
    require(matrix.tensor(), what);
    if (matrix.columnStride() != 1 && matrix.columns() > 1) {
      throw new IllegalArgumentException(
          "%s must have its columns side by side, not %d apart"
              .formatted(what, matrix.columnStride()));
    }
  }

  public static void require(Matrix matrix, int rows, int columns, String what) {
    require(matrix, what);
    if (matrix.rows() != rows || matrix.columns() != columns) {
      throw new IllegalArgumentException(
          "%s must be %d x %d, not %d x %d"
              .formatted(what, rows, columns, matrix.rows(), matrix.columns()));
    }
  }
}
