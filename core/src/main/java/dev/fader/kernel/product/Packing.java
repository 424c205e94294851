package dev.fader.kernel.product;

import dev.fader.kernel.matrix.Floats;
import dev.fader.kernel.matrix.Window;
import dev.fader.kernel.vector.Lanes;
import dev.fader.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/// Copies lines of an operand into a panel on the heap, in the order in which [Tile] reads them:
/// the elements of all lines for one step of the depth stand side by side.
public final class Packing {
  private static final VectorSpecies<Float> FLOATS = Lanes.FLOATS;
  private static final VectorSpecies<Float> QUAD = FloatVector.SPECIES_128;
  private static final FloatVector LOW = FloatVector.fromArray(QUAD, new float[] {0, 4, 1, 5}, 0);
  private static final FloatVector HIGH = FloatVector.fromArray(QUAD, new float[] {2, 6, 3, 7}, 0);
  private static final FloatVector FRONT = FloatVector.fromArray(QUAD, new float[] {0, 1, 4, 5}, 0);
  private static final FloatVector BACK = FloatVector.fromArray(QUAD, new float[] {2, 3, 6, 7}, 0);

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

  private static void copy(
      MemorySegment memory, long start, long stride, int depth, float[] panel, int at, int width) {
    for (int d = 0; d < depth; d++) {
      FloatVector.fromMemorySegment(FLOATS, memory, start + d * stride, ByteOrder.nativeOrder())
          .intoArray(panel, at + d * width);
    }
  }

  private static void copyQuads(
      MemorySegment memory, long start, long stride, int depth, float[] panel, int at, int width) {
    for (int d = 0; d < depth; d++) {
      FloatVector.fromMemorySegment(QUAD, memory, start + d * stride, ByteOrder.nativeOrder())
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
    var order = ByteOrder.nativeOrder();
    int d = 0;
    for (; d + 4 <= depth; d += 4) {
      var r0 = FloatVector.fromMemorySegment(QUAD, memory, start0 + d * 4L, order);
      var r1 = FloatVector.fromMemorySegment(QUAD, memory, start1 + d * 4L, order);
      var r2 = FloatVector.fromMemorySegment(QUAD, memory, start2 + d * 4L, order);
      var r3 = FloatVector.fromMemorySegment(QUAD, memory, start3 + d * 4L, order);
      var low01 = LOW.selectFrom(r0, r1);
      var high01 = HIGH.selectFrom(r0, r1);
      var low23 = LOW.selectFrom(r2, r3);
      var high23 = HIGH.selectFrom(r2, r3);
      int to = at + d * width;
      FRONT.selectFrom(low01, low23).intoArray(panel, to);
      BACK.selectFrom(low01, low23).intoArray(panel, to + width);
      FRONT.selectFrom(high01, high23).intoArray(panel, to + 2 * width);
      BACK.selectFrom(high01, high23).intoArray(panel, to + 3 * width);
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
      var r0 = FloatVector.fromArray(QUAD, from, at + d);
      var r1 = FloatVector.fromArray(QUAD, from, at + d + stride);
      var r2 = FloatVector.fromArray(QUAD, from, at + d + 2 * stride);
      var r3 = FloatVector.fromArray(QUAD, from, at + d + 3 * stride);
      var low01 = LOW.selectFrom(r0, r1);
      var high01 = HIGH.selectFrom(r0, r1);
      var low23 = LOW.selectFrom(r2, r3);
      var high23 = HIGH.selectFrom(r2, r3);
      int start = to + d * rows;
      FRONT.selectFrom(low01, low23).intoArray(panel, start);
      BACK.selectFrom(low01, low23).intoArray(panel, start + rows);
      FRONT.selectFrom(high01, high23).intoArray(panel, start + 2 * rows);
      BACK.selectFrom(high01, high23).intoArray(panel, start + 3 * rows);
    }
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
