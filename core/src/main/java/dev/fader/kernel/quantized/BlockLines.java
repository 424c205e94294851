package dev.fader.kernel.quantized;

import dev.fader.kernel.matrix.Window;
import dev.fader.quantization.BlockFormat;
import dev.fader.tensor.DType;
import java.lang.foreign.MemorySegment;

/// Lines of a stored operand, decoded into arrays. Activations stay float32 and products are those
/// of float32: a block is decoded once for all rows that it is multiplied with.
public final class BlockLines {
  /// What [#read] may write beyond the elements that are asked for, before and after them.
  public static final int MARGIN = 512;

  private BlockLines() {}

  /// Decodes the elements `k` to `k + count - 1` of a line, with the rest of their blocks, to `to`
  /// from `at` on. The line must be contiguous.
  ///
  /// @return where in `to` element `k` is: `at` if it begins a block
  public static int read(Window from, int line, int k, int count, float[] to, int at) {
    return read(from.memory(), from.type(), from.at(line, k), count, to, at);
  }

  /// Decodes `count` elements from `first` on, as the other `read`. Elements that are not stored in
  /// blocks are written from `at` on, and nothing beside them.
  public static int read(
      MemorySegment memory, DType type, long first, int count, float[] to, int at) {
    if (!type.isQuantized()) {
      PlainLines.read(memory, type, first, count, to, at);
      return at;
    }
    var format = type.blockFormat();
    int skipped = (int) (first % format.elements());
    long start = (first - skipped) / format.elements() * format.bytes();
    int blocks = Math.ceilDiv(skipped + count, format.elements());
    decode(format, memory, start, blocks, to, at);
    return at + skipped;
  }

  private static void decode(
      BlockFormat format, MemorySegment memory, long start, int blocks, float[] to, int at) {
    switch (format) {
      case Q4_0 -> VectorBlocks.decodeQ4Zero(memory, start, blocks, to, at);
      case Q5_0 -> VectorBlocks.decodeQ5Zero(memory, start, blocks, to, at);
      case Q8_0 -> VectorBlocks.decodeQ8Zero(memory, start, blocks, to, at);
      case Q4_K -> VectorSuperBlocks.decodeQ4K(memory, start, blocks, to, at);
      case Q5_K -> VectorSuperBlocks.decodeQ5K(memory, start, blocks, to, at);
      case Q6_K -> VectorSuperBlocks.decodeQ6K(memory, start, blocks, to, at);
      default -> decodeEach(format, memory, start, blocks, to, at);
    }
  }

  private static void decodeEach(
      BlockFormat format, MemorySegment memory, long start, int blocks, float[] to, int at) {
    for (int i = 0; i < blocks; i++) {
      format.decode(memory, start + (long) i * format.bytes(), to, at + i * format.elements());
    }
  }
}
