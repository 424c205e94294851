package dev.fader.kernel.product;

import static dev.fader.kernel.vector.Lanes.ORDER;

import dev.fader.kernel.matrix.Floats;
import dev.fader.kernel.matrix.Window;
import dev.fader.kernel.vector.Lanes;
import dev.fader.tensor.DType;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

/// Copies lines of an operand into a panel on the heap, in the order in which [Tile] reads them:
/// the elements of all lines for one step of the depth stand side by side.
public final class Packing {
  private static final VectorSpecies<Float> FLOATS = Lanes.FLOATS;
  private static final int LANES = FLOATS.length();
  private static final long BYTES = FLOATS.vectorByteSize();

  /// Steps of the depth that [#copyFourOfRows] copies at a time.
  private static final int ROWS_COPIED = 128;

  private static final VectorSpecies<Float> QUAD = FloatVector.SPECIES_128;
  private static final IntVector LOW =
      IntVector.fromArray(IntVector.SPECIES_128, new int[] {0, 4, 1, 5}, 0);
  private static final IntVector HIGH =
      IntVector.fromArray(IntVector.SPECIES_128, new int[] {2, 6, 3, 7}, 0);
  private static final IntVector FRONT =
      IntVector.fromArray(IntVector.SPECIES_128, new int[] {0, 1, 4, 5}, 0);
  private static final IntVector BACK =
      IntVector.fromArray(IntVector.SPECIES_128, new int[] {2, 3, 6, 7}, 0);

  private Packing() {}

  /// Packs `lines` lines from `line` over `depth` steps from `k` into a panel of `width` lines at
  /// `at`; lines that there are not are zero.
  public static void pack(
      Window from, int line, int lines, int k, int depth, float[] panel, int at, int width) {
    if (lines < width) {
      java.util.Arrays.fill(panel, at, at + depth * width, 0);
    }
    if (from.type() != DType.FLOAT32) {
      packNarrow(from, line, lines, k, depth, panel, at, width);
    } else if (from.lineStride() == 1) {
      packAcross(from, line, lines, k, depth, panel, at, width);
    } else if (from.depthStride() == 1) {
      packAlong(from, line, lines, k, depth, panel, at, width);
    } else {
      packSpread(from, line, lines, k, depth, panel, at, width);
    }
  }

  /// Lines side by side in memory: a copy, as many lines at a time as a vector holds.
  private static void packAcross(
      Window from, int line, int lines, int k, int depth, float[] panel, int at, int width) {
    var memory = from.memory();
    long stride = from.depthStride() * 4;
    int i = 0;
    for (; i + FLOATS.length() <= lines; i += FLOATS.length()) {
      copy(memory, from.at(line + i, k) * 4, stride, depth, panel, at + i, width);
    }
    for (; i + QUAD.length() <= lines; i += QUAD.length()) {
      copyQuads(memory, from.at(line + i, k) * 4, stride, depth, panel, at + i, width);
    }
    for (; i < lines; i++) {
      long start = from.at(line + i, k) * 4;
      for (int d = 0; d < depth; d++) {
        panel[at + d * width + i] = memory.get(Floats.LAYOUT, start + d * stride);
      }
    }
  }

  /// Whether [#copyFourTiles] can copy tiles of `width` lines.
  static boolean canCopy(int width) {
    return width == Tile.WIDTH || (width == Tile.ROWS && FLOATS.length() == 16);
  }

  /// Copies four tiles of lines that lie side by side in memory. In the panel they stand one after
  /// the other.
  static void copyFourTiles(
      Window from, int line, int k, int depth, float[] panel, int at, int width, float[] scratch) {
    var memory = from.memory();
    long start = from.at(line, k) * 4;
    long stride = from.depthStride() * 4;
    if (width == Tile.WIDTH) {
      copyFourOfColumns(memory, start, stride, depth, panel, at);
    } else {
      copyFourOfRows(memory, start, stride, depth, panel, at, scratch);
    }
  }

  private static void copyFourOfColumns(
      MemorySegment memory, long start, long stride, int depth, float[] panel, int at) {
    int at1 = at + depth * Tile.WIDTH;
    int at2 = at1 + depth * Tile.WIDTH;
    int at3 = at2 + depth * Tile.WIDTH;
    for (int d = 0; d < depth; d++) {
      long here = start + d * stride;
      int to = d * Tile.WIDTH;
      load(memory, here).intoArray(panel, at + to);
      load(memory, here + BYTES).intoArray(panel, at + to + LANES);
      load(memory, here + 2 * BYTES).intoArray(panel, at1 + to);
      load(memory, here + 3 * BYTES).intoArray(panel, at1 + to + LANES);
      load(memory, here + 4 * BYTES).intoArray(panel, at2 + to);
      load(memory, here + 5 * BYTES).intoArray(panel, at2 + to + LANES);
      load(memory, here + 6 * BYTES).intoArray(panel, at3 + to);
      load(memory, here + 7 * BYTES).intoArray(panel, at3 + to + LANES);
    }
  }

  private static FloatVector load(MemorySegment memory, long at) {
    return FloatVector.fromMemorySegment(FLOATS, memory, at, ORDER);
  }

  /// Four tiles of twelve lines are three vectors. These come into an array first, for with vectors
  /// that are cut as they come from memory the compiler makes objects of them.
  private static void copyFourOfRows(
      MemorySegment memory,
      long start,
      long stride,
      int depth,
      float[] panel,
      int at,
      float[] scratch) {
    for (int d = 0; d < depth; d += ROWS_COPIED) {
      int steps = Math.min(ROWS_COPIED, depth - d);
      copyThree(memory, start + d * stride, stride, steps, scratch);
      for (int tile = 0; tile < 4; tile++) {
        int to = at + (tile * depth + d) * Tile.ROWS;
        spreadTwelve(scratch, tile * Tile.ROWS, steps, panel, to);
      }
    }
  }

  private static void copyThree(
      MemorySegment memory, long start, long stride, int depth, float[] to) {
    for (int d = 0; d < depth; d++) {
      long here = start + d * stride;
      load(memory, here).intoArray(to, d * 3 * LANES);
      load(memory, here + BYTES).intoArray(to, d * 3 * LANES + LANES);
      load(memory, here + 2 * BYTES).intoArray(to, d * 3 * LANES + 2 * LANES);
    }
  }

  /// Each store but the last writes four numbers too many, where the next step comes.
  private static void spreadTwelve(float[] from, int at, int depth, float[] panel, int to) {
    int last = depth - 1;
    for (int d = 0; d < last; d++) {
      FloatVector.fromArray(FLOATS, from, at + d * 3 * LANES).intoArray(panel, to + d * Tile.ROWS);
    }
    System.arraycopy(from, at + last * 3 * LANES, panel, to + last * Tile.ROWS, Tile.ROWS);
  }

  /// Whether [#copyTwelve] can copy a tile from `line` on: it reads four lines too many.
  static boolean canCopyTwelve(Window from, int line, int k, int depth) {
    boolean wide = FLOATS.length() == 16 && depth > 1;
    return wide && (from.at(line, k + depth - 2) + 16) * 4 <= from.memory().byteSize();
  }

  /// Copies a tile of twelve lines that lie side by side in memory, as [#copyFourTiles].
  static void copyTwelve(Window from, int line, int k, int depth, float[] panel, int at) {
    var memory = from.memory();
    long start = from.at(line, k) * 4;
    long stride = from.depthStride() * 4;
    int last = depth - 1;
    for (int d = 0; d < last; d++) {
      load(memory, start + d * stride).intoArray(panel, at + d * Tile.ROWS);
    }
    for (int i = 0; i < Tile.ROWS; i++) {
      panel[at + last * Tile.ROWS + i] = memory.get(Floats.LAYOUT, start + last * stride + i * 4L);
    }
  }

  private static void copy(
      MemorySegment memory, long start, long stride, int depth, float[] panel, int at, int width) {
    for (int d = 0; d < depth; d++) {
      FloatVector.fromMemorySegment(FLOATS, memory, start + d * stride, ORDER)
          .intoArray(panel, at + d * width);
    }
  }

  private static void copyQuads(
      MemorySegment memory, long start, long stride, int depth, float[] panel, int at, int width) {
    for (int d = 0; d < depth; d++) {
      FloatVector.fromMemorySegment(QUAD, memory, start + d * stride, ORDER)
          .intoArray(panel, at + d * width);
    }
  }

  /// Each line contiguous in memory: a transposition, four lines by four steps at a time.
  private static void packAlong(
      Window from, int line, int lines, int k, int depth, float[] panel, int at, int width) {
    int i = 0;
    for (; i + 4 <= lines; i += 4) {
      transposeFour(from, line + i, k, depth, panel, at + i, width);
    }
    for (; i < lines; i++) {
      var memory = from.memory();
      long start = from.at(line + i, k) * 4;
      for (int d = 0; d < depth; d++) {
        panel[at + d * width + i] = memory.get(Floats.LAYOUT, start + d * 4L);
      }
    }
  }

  private static void transposeFour(
      Window from, int line, int k, int depth, float[] panel, int at, int width) {
    var memory = from.memory();
    long start0 = from.at(line, k) * 4;
    long start1 = from.at(line + 1, k) * 4;
    long start2 = from.at(line + 2, k) * 4;
    long start3 = from.at(line + 3, k) * 4;
    int d = 0;
    for (; d + 4 <= depth; d += 4) {
      var r0 =
          FloatVector.fromMemorySegment(QUAD, memory, start0 + d * 4L, ORDER).reinterpretAsInts();
      var r1 =
          FloatVector.fromMemorySegment(QUAD, memory, start1 + d * 4L, ORDER).reinterpretAsInts();
      var r2 =
          FloatVector.fromMemorySegment(QUAD, memory, start2 + d * 4L, ORDER).reinterpretAsInts();
      var r3 =
          FloatVector.fromMemorySegment(QUAD, memory, start3 + d * 4L, ORDER).reinterpretAsInts();
      var low01 = LOW.selectFrom(r0, r1);
      var high01 = HIGH.selectFrom(r0, r1);
      var low23 = LOW.selectFrom(r2, r3);
      var high23 = HIGH.selectFrom(r2, r3);
      int to = at + d * width;
      store(FRONT.selectFrom(low01, low23), panel, to);
      store(BACK.selectFrom(low01, low23), panel, to + width);
      store(FRONT.selectFrom(high01, high23), panel, to + 2 * width);
      store(BACK.selectFrom(high01, high23), panel, to + 3 * width);
    }
    for (; d < depth; d++) {
      int to = at + d * width;
      panel[to] = memory.get(Floats.LAYOUT, start0 + d * 4L);
      panel[to + 1] = memory.get(Floats.LAYOUT, start1 + d * 4L);
      panel[to + 2] = memory.get(Floats.LAYOUT, start2 + d * 4L);
      panel[to + 3] = memory.get(Floats.LAYOUT, start3 + d * 4L);
    }
  }

  /// Transposes `rows` rows of an array, `stride` apart, into a row panel of `depth` steps. Reads
  /// and writes up to three steps more.
  public static void transpose(
      float[] from, int at, int stride, int rows, int depth, float[] panel) {
    int i = 0;
    for (; i + 4 <= rows; i += 4) {
      transposeFour(from, at + i * stride, stride, rows, depth, panel, i);
    }
    for (; i < rows; i++) {
      for (int d = 0; d < depth; d++) {
        panel[d * rows + i] = from[at + i * stride + d];
      }
    }
  }

  public static void transposeFour(
      float[] from, int at, int stride, int rows, int depth, float[] panel, int to) {
    for (int d = 0; d < depth; d += 4) {
      var r0 = FloatVector.fromArray(QUAD, from, at + d).reinterpretAsInts();
      var r1 = FloatVector.fromArray(QUAD, from, at + d + stride).reinterpretAsInts();
      var r2 = FloatVector.fromArray(QUAD, from, at + d + 2 * stride).reinterpretAsInts();
      var r3 = FloatVector.fromArray(QUAD, from, at + d + 3 * stride).reinterpretAsInts();
      var low01 = LOW.selectFrom(r0, r1);
      var high01 = HIGH.selectFrom(r0, r1);
      var low23 = LOW.selectFrom(r2, r3);
      var high23 = HIGH.selectFrom(r2, r3);
      int start = to + d * rows;
      store(FRONT.selectFrom(low01, low23), panel, start);
      store(BACK.selectFrom(low01, low23), panel, start + rows);
      store(FRONT.selectFrom(high01, high23), panel, start + 2 * rows);
      store(BACK.selectFrom(high01, high23), panel, start + 3 * rows);
    }
  }

  private static void store(IntVector bits, float[] panel, int at) {
    bits.reinterpretAsFloats().intoArray(panel, at);
  }

  private static void packSpread(
      Window from, int line, int lines, int k, int depth, float[] panel, int at, int width) {
    var memory = from.memory();
    for (int d = 0; d < depth; d++) {
      for (int i = 0; i < lines; i++) {
        panel[at + d * width + i] = memory.get(Floats.LAYOUT, from.at(line + i, k + d) * 4);
      }
    }
  }

  private static void packNarrow(
      Window from, int line, int lines, int k, int depth, float[] panel, int at, int width) {
    var memory = from.memory();
    boolean half = from.type() == DType.FLOAT16;
    for (int i = 0; i < lines; i++) {
      for (int d = 0; d < depth; d++) {
        short bits = memory.get(Floats.SHORT, from.at(line + i, k + d) * 2);
        panel[at + d * width + i] =
            half ? Float.float16ToFloat(bits) : Float.intBitsToFloat(bits << 16);
      }
    }
  }
}
