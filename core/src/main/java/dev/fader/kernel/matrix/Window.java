package dev.fader.kernel.matrix;

import dev.fader.tensor.DType;
import java.lang.foreign.MemorySegment;

/// An operand of a matrix product seen from the packing: lines that run along the summed depth.
/// Element (line, k) is element `offset + line * lineStride + k * depthStride` of the memory.
public record Window(
    MemorySegment memory, DType type, long offset, long lineStride, long depthStride) {
  /// Rows are lines: the left operand.
  public static Window ofRows(Matrix a) {
    return new Window(
        a.tensor().segment(), a.tensor().type(), a.offset(), a.rowStride(), a.columnStride());
  }

  /// Columns are lines: the right operand.
  public static Window ofColumns(Matrix b) {
    return ofRows(b.transposed());
  }

  /// Lines and depth exchanged.
  public Window transposed() {
    return new Window(
        memory, type, offset, /* lineStride= */ depthStride, /* depthStride= */ lineStride);
  }

  public long at(int line, int depth) {
    return offset + line * lineStride + depth * depthStride;
  }
}
