package dev.fader.kernel.product;

import dev.fader.kernel.matrix.Floats;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.vector.Lanes;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// The innermost loops of matrix products: a tile of the result, held in registers, summed over the
/// depth of two packed panels. `a` has the tile's rows side by side for each step of the depth, `b`
/// its columns.
///
/// Each accumulator is a local variable of its own, because vectors that pass through an array, a
/// call that is not inlined or a shared variable are boxed: twenty times slower.
public final class Tile {
  private static final VectorSpecies<Float> FLOATS = Lanes.FLOATS;
  private static final int LANES = FLOATS.length();

  /// Columns of a tile: two vectors.
  public static final int WIDTH = 2 * LANES;

  /// Rows of a full tile. With 512-bit vectors there are 32 registers: 24 sums, 2 columns of b, 1
  /// element of a. Narrower vectors may have only 16.
  public static final int ROWS = LANES == 16 ? 12 : 6;

  /// Rows of the tile that is used where fewer rows are left.
  public static final int HALF_ROWS = 6;

  private Tile() {}

  /// The rows that the tile over the last `left` rows has: what a's panel is packed for.
  public static int rows(int left) {
    return left > HALF_ROWS ? ROWS : HALF_ROWS;
  }

  /// Sets the `rows` x [#WIDTH] tile of `c` at `cAt` to the product of two panels.
  public static void multiply(
      int rows,
      float[] a,
      int aAt,
      int aStride,
      float[] b,
      int bAt,
      int depth,
      float[] c,
      int cAt,
      int cStride) {
    if (rows == HALF_ROWS) {
      multiply6(a, aAt, aStride, b, bAt, depth, c, cAt, cStride);
    } else {
      multiply12(a, aAt, aStride, b, bAt, depth, c, cAt, cStride);
    }
  }

  public static void multiply12(
      float[] a,
      int aAt,
      int aStride,
      float[] b,
      int bAt,
      int depth,
      float[] c,
      int cAt,
      int cStride) {
    var c0a = FloatVector.zero(FLOATS);
    var c0b = FloatVector.zero(FLOATS);
    var c1a = FloatVector.zero(FLOATS);
    var c1b = FloatVector.zero(FLOATS);
    var c2a = FloatVector.zero(FLOATS);
    var c2b = FloatVector.zero(FLOATS);
    var c3a = FloatVector.zero(FLOATS);
    var c3b = FloatVector.zero(FLOATS);
    var c4a = FloatVector.zero(FLOATS);
    var c4b = FloatVector.zero(FLOATS);
    var c5a = FloatVector.zero(FLOATS);
    var c5b = FloatVector.zero(FLOATS);
    var c6a = FloatVector.zero(FLOATS);
    var c6b = FloatVector.zero(FLOATS);
    var c7a = FloatVector.zero(FLOATS);
    var c7b = FloatVector.zero(FLOATS);
    var c8a = FloatVector.zero(FLOATS);
    var c8b = FloatVector.zero(FLOATS);
    var c9a = FloatVector.zero(FLOATS);
    var c9b = FloatVector.zero(FLOATS);
    var c10a = FloatVector.zero(FLOATS);
    var c10b = FloatVector.zero(FLOATS);
    var c11a = FloatVector.zero(FLOATS);
    var c11b = FloatVector.zero(FLOATS);
    for (int k = 0; k < depth; k++) {
      var ba = FloatVector.fromArray(FLOATS, b, bAt + k * WIDTH);
      var bb = FloatVector.fromArray(FLOATS, b, bAt + k * WIDTH + LANES);
      int i = aAt + k * aStride;
      var x = FloatVector.broadcast(FLOATS, a[i]);
      c0a = x.fma(ba, c0a);
      c0b = x.fma(bb, c0b);
      x = FloatVector.broadcast(FLOATS, a[i + 1]);
      c1a = x.fma(ba, c1a);
      c1b = x.fma(bb, c1b);
      x = FloatVector.broadcast(FLOATS, a[i + 2]);
      c2a = x.fma(ba, c2a);
      c2b = x.fma(bb, c2b);
      x = FloatVector.broadcast(FLOATS, a[i + 3]);
      c3a = x.fma(ba, c3a);
      c3b = x.fma(bb, c3b);
      x = FloatVector.broadcast(FLOATS, a[i + 4]);
      c4a = x.fma(ba, c4a);
      c4b = x.fma(bb, c4b);
      x = FloatVector.broadcast(FLOATS, a[i + 5]);
      c5a = x.fma(ba, c5a);
      c5b = x.fma(bb, c5b);
      x = FloatVector.broadcast(FLOATS, a[i + 6]);
      c6a = x.fma(ba, c6a);
      c6b = x.fma(bb, c6b);
      x = FloatVector.broadcast(FLOATS, a[i + 7]);
      c7a = x.fma(ba, c7a);
      c7b = x.fma(bb, c7b);
      x = FloatVector.broadcast(FLOATS, a[i + 8]);
      c8a = x.fma(ba, c8a);
      c8b = x.fma(bb, c8b);
      x = FloatVector.broadcast(FLOATS, a[i + 9]);
      c9a = x.fma(ba, c9a);
      c9b = x.fma(bb, c9b);
      x = FloatVector.broadcast(FLOATS, a[i + 10]);
      c10a = x.fma(ba, c10a);
      c10b = x.fma(bb, c10b);
      x = FloatVector.broadcast(FLOATS, a[i + 11]);
      c11a = x.fma(ba, c11a);
      c11b = x.fma(bb, c11b);
    }
    c0a.intoArray(c, cAt);
    c0b.intoArray(c, cAt + LANES);
    c1a.intoArray(c, cAt + cStride);
    c1b.intoArray(c, cAt + cStride + LANES);
    c2a.intoArray(c, cAt + 2 * cStride);
    c2b.intoArray(c, cAt + 2 * cStride + LANES);
    c3a.intoArray(c, cAt + 3 * cStride);
    c3b.intoArray(c, cAt + 3 * cStride + LANES);
    c4a.intoArray(c, cAt + 4 * cStride);
    c4b.intoArray(c, cAt + 4 * cStride + LANES);
    c5a.intoArray(c, cAt + 5 * cStride);
    c5b.intoArray(c, cAt + 5 * cStride + LANES);
    c6a.intoArray(c, cAt + 6 * cStride);
    c6b.intoArray(c, cAt + 6 * cStride + LANES);
    c7a.intoArray(c, cAt + 7 * cStride);
    c7b.intoArray(c, cAt + 7 * cStride + LANES);
    c8a.intoArray(c, cAt + 8 * cStride);
    c8b.intoArray(c, cAt + 8 * cStride + LANES);
    c9a.intoArray(c, cAt + 9 * cStride);
    c9b.intoArray(c, cAt + 9 * cStride + LANES);
    c10a.intoArray(c, cAt + 10 * cStride);
    c10b.intoArray(c, cAt + 10 * cStride + LANES);
    c11a.intoArray(c, cAt + 11 * cStride);
    c11b.intoArray(c, cAt + 11 * cStride + LANES);
  }

  public static void multiply6(
      float[] a,
      int aAt,
      int aStride,
      float[] b,
      int bAt,
      int depth,
      float[] c,
      int cAt,
      int cStride) {
    var c0a = FloatVector.zero(FLOATS);
    var c0b = FloatVector.zero(FLOATS);
    var c1a = FloatVector.zero(FLOATS);
    var c1b = FloatVector.zero(FLOATS);
    var c2a = FloatVector.zero(FLOATS);
    var c2b = FloatVector.zero(FLOATS);
    var c3a = FloatVector.zero(FLOATS);
    var c3b = FloatVector.zero(FLOATS);
    var c4a = FloatVector.zero(FLOATS);
    var c4b = FloatVector.zero(FLOATS);
    var c5a = FloatVector.zero(FLOATS);
    var c5b = FloatVector.zero(FLOATS);
    for (int k = 0; k < depth; k++) {
      var ba = FloatVector.fromArray(FLOATS, b, bAt + k * WIDTH);
      var bb = FloatVector.fromArray(FLOATS, b, bAt + k * WIDTH + LANES);
      int i = aAt + k * aStride;
      var x = FloatVector.broadcast(FLOATS, a[i]);
      c0a = x.fma(ba, c0a);
      c0b = x.fma(bb, c0b);
      x = FloatVector.broadcast(FLOATS, a[i + 1]);
      c1a = x.fma(ba, c1a);
      c1b = x.fma(bb, c1b);
      x = FloatVector.broadcast(FLOATS, a[i + 2]);
      c2a = x.fma(ba, c2a);
      c2b = x.fma(bb, c2b);
      x = FloatVector.broadcast(FLOATS, a[i + 3]);
      c3a = x.fma(ba, c3a);
      c3b = x.fma(bb, c3b);
      x = FloatVector.broadcast(FLOATS, a[i + 4]);
      c4a = x.fma(ba, c4a);
      c4b = x.fma(bb, c4b);
      x = FloatVector.broadcast(FLOATS, a[i + 5]);
      c5a = x.fma(ba, c5a);
      c5b = x.fma(bb, c5b);
    }
    c0a.intoArray(c, cAt);
    c0b.intoArray(c, cAt + LANES);
    c1a.intoArray(c, cAt + cStride);
    c1b.intoArray(c, cAt + cStride + LANES);
    c2a.intoArray(c, cAt + 2 * cStride);
    c2b.intoArray(c, cAt + 2 * cStride + LANES);
    c3a.intoArray(c, cAt + 3 * cStride);
    c3b.intoArray(c, cAt + 3 * cStride + LANES);
    c4a.intoArray(c, cAt + 4 * cStride);
    c4b.intoArray(c, cAt + 4 * cStride + LANES);
    c5a.intoArray(c, cAt + 5 * cStride);
    c5b.intoArray(c, cAt + 5 * cStride + LANES);
  }

  /// Writes the `rows` x `columns` upper left part of `tile` into `c`, or adds it.
  public static void store(
      float[] tile, Matrix c, int row, int rows, int column, int columns, boolean add) {
    var memory = c.tensor().segment();
    long start = c.offset() + row * c.rowStride() + column * c.columnStride();
    if (c.columnStride() == 1 && columns == WIDTH) {
      storeFull(tile, memory, start * 4, rows, c.rowStride() * 4, add);
      return;
    }
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        long at = (start + i * c.rowStride() + j * c.columnStride()) * 4;
        float sum = tile[i * WIDTH + j];
        memory.set(Floats.LAYOUT, at, add ? memory.get(Floats.LAYOUT, at) + sum : sum);
      }
    }
  }

  private static void storeFull(
      float[] tile, MemorySegment memory, long start, int rows, long stride, boolean add) {
    var order = ByteOrder.nativeOrder();
    long second = FLOATS.vectorByteSize();
    for (int i = 0; i < rows; i++) {
      long at = start + i * stride;
      var left = FloatVector.fromArray(FLOATS, tile, i * WIDTH);
      var right = FloatVector.fromArray(FLOATS, tile, i * WIDTH + FLOATS.length());
      if (add) {
        left = FloatVector.fromMemorySegment(FLOATS, memory, at, order).add(left);
        right = FloatVector.fromMemorySegment(FLOATS, memory, at + second, order).add(right);
      }
      left.intoMemorySegment(memory, at, order);
      right.intoMemorySegment(memory, at + second, order);
    }
  }
}
