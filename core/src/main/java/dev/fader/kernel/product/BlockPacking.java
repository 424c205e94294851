package dev.fader.kernel.product;

import dev.fader.kernel.matrix.Window;
import dev.fader.kernel.quantized.BlockLines;
import dev.fader.tensor.DType;

/// Packs lines as [Packing] does, and decodes them if they are not float32.
final class BlockPacking {
  /// The most steps that are packed of quantised lines at a time.
  private static final int STEPS = PanelProduct.KC;

  /// The decoded lines of [#pack] stand so far apart.
  private static final int STRIDE = STEPS + BlockLines.MARGIN;

  /// The floats that [#pack] needs to decode `width` lines of blocks.
  static int floatsForLines(int width) {
    return width * STRIDE;
  }

  private BlockPacking() {}

  /// As [Packing#pack], of lines of any stored type.
  ///
  /// @param decoded scratch of [#floatsForLines], used unless they are float32
  static void pack(
      Window from,
      int line,
      int lines,
      int k,
      int depth,
      float[] panel,
      int at,
      int width,
      float[] decoded) {
    boolean runs = from.depthStride() == 1 || from.lineStride() == 1;
    if (from.type() == DType.FLOAT32 || !runs) {
      Packing.pack(from, line, lines, k, depth, panel, at, width);
      return;
    }
    if (lines < width) {
      java.util.Arrays.fill(panel, at, at + depth * width, 0);
    }
    if (from.depthStride() == 1) {
      packAlong(from, line, lines, k, depth, panel, at, width, decoded);
    } else {
      packAcross(from.transposed(), line, lines, k, depth, panel, at, width, decoded);
    }
  }

  private static void packAlong(
      Window from,
      int line,
      int lines,
      int k,
      int depth,
      float[] panel,
      int at,
      int width,
      float[] decoded) {
    for (int d = 0; d < depth; d += STEPS) {
      int steps = Math.min(STEPS, depth - d);
      for (int i = 0; i < lines; i++) {
        int to = i * STRIDE;
        int first = BlockLines.read(from, line + i, k + d, steps, decoded, to);
        if (first != to) {
          System.arraycopy(decoded, first, decoded, to, steps);
        }
      }
      transposeLines(decoded, lines, steps, panel, at + d * width, width);
    }
  }

  private static void transposeLines(
      float[] decoded, int lines, int depth, float[] panel, int at, int width) {
    int i = 0;
    int even = depth & -4;
    for (; i + 4 <= lines; i += 4) {
      Packing.transposeFour(decoded, i * STRIDE, STRIDE, width, even, panel, at + i);
    }
    for (int left = 0; left < lines; left++) {
      for (int d = left < i ? even : 0; d < depth; d++) {
        panel[at + d * width + left] = decoded[left * STRIDE + d];
      }
    }
  }

  /// Lines side by side in memory: for each step of the depth a run of them.
  private static void packAcross(
      Window transposed,
      int line,
      int lines,
      int k,
      int depth,
      float[] panel,
      int at,
      int width,
      float[] decoded) {
    for (int d = 0; d < depth; d++) {
      int first = BlockLines.read(transposed, k + d, line, lines, decoded, 0);
      System.arraycopy(decoded, first, panel, at + d * width, lines);
    }
  }
}
