package dev.fader.kernel.product;

import static dev.fader.kernel.vector.Lanes.FLOATS;
import static dev.fader.kernel.vector.Lanes.ORDER;

import dev.fader.kernel.matrix.Floats;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.onednn.PanelKernel;
import dev.fader.kernel.onednn.PanelType;
import dev.fader.kernel.vector.HalfPrecision;
import dev.fader.kernel.vector.Lanes;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;

/// Writes float32 numbers as [PanelKernel] reads them, and reads what it wrote. Numbers are rounded
/// to the nearest bfloat16, ties to even, where that is its type.
final class PanelRounding {
  private static final int LANES = FLOATS.length();
  private static final int WIDTH = PanelKernel.WIDTH;

  private PanelRounding() {}

  /// A row in memory, from byte `from` to byte `at`.
  static void row(
      MemorySegment memory, long from, int count, MemorySegment to, long at, PanelType type) {
    if (type == PanelType.FLOAT32) {
      MemorySegment.copy(memory, from, to, at, count * 4L);
      return;
    }
    int i = 0;
    for (; i + LANES <= count; i += LANES) {
      var x = FloatVector.fromMemorySegment(FLOATS, memory, from + i * 4L, ORDER);
      HalfPrecision.storeBfloat16(x, to, at + i * 2L);
    }
    for (; i < count; i++) {
      float x = memory.get(Floats.LAYOUT, from + i * 4L);
      to.set(Floats.SHORT, at + i * 2L, Floats.bfloat16(x));
    }
  }

  /// A row on the heap: in a loop of its own, since one that reads memory of both kinds keeps its
  /// vectors on the heap.
  static void row(float[] from, int start, int count, MemorySegment to, long at, PanelType type) {
    if (type == PanelType.FLOAT32) {
      MemorySegment.copy(from, start, to, Floats.LAYOUT, at, count);
      return;
    }
    int i = 0;
    for (; i + LANES <= count; i += LANES) {
      var x = FloatVector.fromArray(FLOATS, from, start + i);
      HalfPrecision.storeBfloat16(x, to, at + i * 2L);
    }
    for (; i < count; i++) {
      to.set(Floats.SHORT, at + i * 2L, Floats.bfloat16(from[start + i]));
    }
  }

  /// The numbers of a row from `start` to `end`.
  static void zero(MemorySegment to, long at, int start, int end, PanelType type) {
    to.asSlice(at + (long) start * type.bytes(), (long) (end - start) * type.bytes())
        .fill((byte) 0);
  }

  /// Steps of all columns of a panel, an even number.
  static void panel(float[] from, int steps, MemorySegment to, long at, PanelType type) {
    if (type == PanelType.FLOAT32) {
      MemorySegment.copy(from, 0, to, Floats.LAYOUT, at, steps * WIDTH);
      return;
    }
    for (int step = 0; step < steps; step += 2) {
      int first = step * WIDTH;
      for (int i = 0; i < WIDTH; i += LANES) {
        var low = FloatVector.fromArray(FLOATS, from, first + i);
        var high = FloatVector.fromArray(FLOATS, from, first + WIDTH + i);
        HalfPrecision.bfloat16Pairs(low, high)
            .intoMemorySegment(to, at + (first + 2L * i) * 2, ORDER);
      }
    }
  }

  /// Sets, or adds to, `width` elements of a row of the result: row `from` of a kernel's tile.
  static void store(
      MemorySegment tile, int from, Matrix c, int row, int column, int width, boolean add) {
    var to = c.tensor().segment();
    long at = (c.offset() + row * c.rowStride() + column * c.columnStride()) * 4;
    long stride = c.columnStride() * 4;
    long start = from * (WIDTH * 4L);
    int i = 0;
    if (stride == 4) {
      for (; i + LANES <= width; i += LANES) {
        var x = Lanes.load(tile, start, i);
        Lanes.store(add ? x.add(Lanes.load(to, at, i)) : x, to, at, i);
      }
    }
    for (; i < width; i++) {
      float x = Floats.get(tile, start, i);
      to.set(Floats.LAYOUT, at + i * stride, add ? x + to.get(Floats.LAYOUT, at + i * stride) : x);
    }
  }
}
