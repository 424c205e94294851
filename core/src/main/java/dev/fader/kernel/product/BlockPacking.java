package dev.fader.kernel.product;

import dev.fader.kernel.matrix.Window;
import dev.fader.kernel.quantized.BlockLines;
import dev.fader.tensor.DType;

/// Packs lines as [Packing] does, many at a time where that is faster, and decodes them if they are
/// not float32.
final class BlockPacking {
  /// The most steps that are packed of lines that are decoded or joined at a time.
  private static final int STEPS = 256;

  /// The decoded lines of [#pack] stand so far apart.
  private static final int STRIDE = STEPS + BlockLines.MARGIN;

  /// The floats that [#pack] needs to decode `width` lines of blocks.
  static int floatsForLines(int width) {
    return width * STRIDE;
  }

  private BlockPacking() {}

  /// As [Packing#pack], of lines of any stored type.
  ///
  /// @param decoded scratch of [#floatsForLines]
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
    boolean joined =
        from.depthStride() == 1 && Transposition.fits(lines, Math.min(depth, STEPS), width);
    if (!runs || (from.type() == DType.FLOAT32 && !joined)) {
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

  /// Packs tiles of `width` lines from `line` on, as far as they are whole and several of them can
  /// be packed together, so that memory is read in longer runs.
  ///
  /// @return the first line that is left
  static int packTiles(
      Window from,
      int line,
      int end,
      int k,
      int steps,
      float[] panel,
      int at,
      int width,
      float[] scratch) {
    if (from.type() != DType.FLOAT32 || from.lineStride() != 1) {
      return line;
    }
    int next = line;
    for (; next + 4 * width <= end && Packing.canCopy(width); next += 4 * width) {
      int to = at + (next - line) * steps;
      Packing.copyFourTiles(from, next, k, steps, panel, to, width, scratch);
    }
    boolean rows = width == Tile.ROWS;
    for (; rows && next + width <= end; next += width) {
      if (!Packing.canCopyTwelve(from, next, k, steps)) {
        break;
      }
      Packing.copyTwelve(from, next, k, steps, panel, at + (next - line) * steps);
    }
    return next;
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
      int to = at + d * width;
      if (Transposition.fits(lines, steps, width)) {
        transpose(from, line, lines, k + d, steps, panel, to, width, decoded);
      } else {
        decode(from, line, lines, k + d, steps, decoded);
        transposeLines(decoded, lines, steps, panel, to, width);
      }
    }
  }

  private static void transpose(
      Window from,
      int line,
      int lines,
      int k,
      int steps,
      float[] panel,
      int at,
      int width,
      float[] decoded) {
    int most = Math.min(lines, Transposition.LANES);
    int fours = 4 * STRIDE; // behind four decoded lines
    for (int i = 0; i < lines; i += most) {
      for (int four = 0; four < most; four += 4) {
        int to = fours + four * STEPS; // as Transposition has them
        join(from, line + i + four, k, steps, decoded, to);
      }
      if (most == Transposition.LANES) {
        Transposition.sixteen(decoded, fours, steps, panel, at + i, width);
      } else {
        Transposition.twelve(decoded, fours, steps, panel, at + i);
      }
    }
  }

  private static void join(Window from, int line, int k, int steps, float[] to, int at) {
    long start = from.at(line, k);
    long stride = from.lineStride();
    switch (from.type()) {
      case FLOAT32 -> Transposition.join(from.memory(), start * 4, stride * 4, steps, to, at);
      case BFLOAT16 ->
          Transposition.joinBfloat16(from.memory(), start * 2, stride * 2, steps, to, at);
      case FLOAT16 ->
          Transposition.joinFloat16(from.memory(), start * 2, stride * 2, steps, to, at);
      default -> {
        decode(from, line, 4, k, steps, to);
        Transposition.join(to, 0, STRIDE, steps, to, at);
      }
    }
  }

  private static void decode(Window from, int line, int lines, int k, int steps, float[] decoded) {
    for (int i = 0; i < lines; i++) {
      int to = i * STRIDE;
      int first = BlockLines.read(from, line + i, k, steps, decoded, to);
      if (first != to) {
        System.arraycopy(decoded, first, decoded, to, steps);
      }
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
