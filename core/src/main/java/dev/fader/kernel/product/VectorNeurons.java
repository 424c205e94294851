package dev.fader.kernel.product;

import static dev.fader.kernel.vector.Lanes.FLOATS;
import static dev.fader.kernel.vector.Lanes.ORDER;

import dev.fader.kernel.matrix.Floats;
import dev.fader.kernel.matrix.Window;
import dev.fader.kernel.quantized.BlockLines;
import dev.fader.kernel.vector.HalfPrecision;
import dev.fader.kernel.vector.VectorMath;
import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/// The Vector API twin of [ScalarNeurons]: four neurons at once, so that sums are loaded and stored
/// a quarter as often.
record VectorNeurons() implements NeuronLoops {
  private static final int LANES = FLOATS.length();

  /// At least 64 bits, of which narrow vectors use half.
  private static final VectorSpecies<Byte> BYTES =
      VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(64, LANES * Byte.SIZE)));

  @Override
  public void add(NeuronTerms terms, int from, int to, float[] sums, int at) {
    if (from == to) {
      return;
    }
    int done;
    if (terms.down().scales().isPresent()) {
      done = addLevels(terms, from, to, sums, at);
    } else {
      done = terms.count() - terms.count() % LANES;
      for (int i = from; i < to; i += 4) {
        addFour(terms, i, to, sums, at);
      }
    }
    for (int i = done; i < terms.count(); i++) {
      sums[at + i] = ScalarNeurons.sum(terms, from, to, terms.first() + i, sums[at + i]);
    }
  }

  /// Where fewer than four are left, the last stands for the missing ones, times zero.
  private static void addFour(NeuronTerms terms, int i, int to, float[] sums, int at) {
    int last = to - 1;
    long row = terms.down().outputs();
    int[] ids = terms.ids();
    float[] values = terms.values();
    long a = ids[i] * row + terms.first();
    long b = ids[Math.min(i + 1, last)] * row + terms.first();
    long c = ids[Math.min(i + 2, last)] * row + terms.first();
    long d = ids[Math.min(i + 3, last)] * row + terms.first();
    float ha = values[i];
    float hb = i + 1 < to ? values[i + 1] : 0;
    float hc = i + 2 < to ? values[i + 2] : 0;
    float hd = i + 3 < to ? values[i + 3] : 0;
    var memory = terms.down().weights().segment();
    int count = terms.count();
    switch (terms.down().weights().type()) {
      case FLOAT32 -> floats(memory, 4 * a, 4 * b, 4 * c, 4 * d, ha, hb, hc, hd, sums, at, count);
      case BFLOAT16 ->
          bfloat16s(memory, 2 * a, 2 * b, 2 * c, 2 * d, ha, hb, hc, hd, sums, at, count);
      default -> float16s(memory, 2 * a, 2 * b, 2 * c, 2 * d, ha, hb, hc, hd, sums, at, count);
    }
  }

  private static void floats(
      MemorySegment memory,
      long a,
      long b,
      long c,
      long d,
      float ha,
      float hb,
      float hc,
      float hd,
      float[] sums,
      int at,
      int count) {
    var va = FloatVector.broadcast(FLOATS, ha);
    var vb = FloatVector.broadcast(FLOATS, hb);
    var vc = FloatVector.broadcast(FLOATS, hc);
    var vd = FloatVector.broadcast(FLOATS, hd);
    for (int i = 0; i + LANES <= count; i += LANES) {
      var sum = FloatVector.fromArray(FLOATS, sums, at + i);
      sum = FloatVector.fromMemorySegment(FLOATS, memory, a + i * 4L, ORDER).fma(va, sum);
      sum = FloatVector.fromMemorySegment(FLOATS, memory, b + i * 4L, ORDER).fma(vb, sum);
      sum = FloatVector.fromMemorySegment(FLOATS, memory, c + i * 4L, ORDER).fma(vc, sum);
      sum = FloatVector.fromMemorySegment(FLOATS, memory, d + i * 4L, ORDER).fma(vd, sum);
      sum.intoArray(sums, at + i);
    }
  }

  private static void bfloat16s(
      MemorySegment memory,
      long a,
      long b,
      long c,
      long d,
      float ha,
      float hb,
      float hc,
      float hd,
      float[] sums,
      int at,
      int count) {
    var va = FloatVector.broadcast(FLOATS, ha);
    var vb = FloatVector.broadcast(FLOATS, hb);
    var vc = FloatVector.broadcast(FLOATS, hc);
    var vd = FloatVector.broadcast(FLOATS, hd);
    for (int i = 0; i + LANES <= count; i += LANES) {
      var sum = FloatVector.fromArray(FLOATS, sums, at + i);
      sum = HalfPrecision.bfloat16(memory, a + i * 2L).fma(va, sum);
      sum = HalfPrecision.bfloat16(memory, b + i * 2L).fma(vb, sum);
      sum = HalfPrecision.bfloat16(memory, c + i * 2L).fma(vc, sum);
      sum = HalfPrecision.bfloat16(memory, d + i * 2L).fma(vd, sum);
      sum.intoArray(sums, at + i);
    }
  }

  private static void float16s(
      MemorySegment memory,
      long a,
      long b,
      long c,
      long d,
      float ha,
      float hb,
      float hc,
      float hd,
      float[] sums,
      int at,
      int count) {
    var va = FloatVector.broadcast(FLOATS, ha);
    var vb = FloatVector.broadcast(FLOATS, hb);
    var vc = FloatVector.broadcast(FLOATS, hc);
    var vd = FloatVector.broadcast(FLOATS, hd);
    for (int i = 0; i + LANES <= count; i += LANES) {
      var sum = FloatVector.fromArray(FLOATS, sums, at + i);
      sum = HalfPrecision.float16(memory, a + i * 2L).fma(va, sum);
      sum = HalfPrecision.float16(memory, b + i * 2L).fma(vb, sum);
      sum = HalfPrecision.float16(memory, c + i * 2L).fma(vc, sum);
      sum = HalfPrecision.float16(memory, d + i * 2L).fma(vd, sum);
      sum.intoArray(sums, at + i);
    }
  }

  /// The neurons of one block of levels. Returns how many outputs were done: the last bytes of the
  /// memory may be too few for a vector.
  private static int addLevels(NeuronTerms terms, int from, int to, float[] sums, int at) {
    var levels = terms.down().weights().segment();
    var scales = terms.down().scales().orElseThrow().segment();
    int[] ids = terms.ids();
    float[] values = terms.values();
    long row = terms.down().outputs();
    long scaleAt = (ids[from] / NeuronMajor.BLOCK * row + terms.first()) * 2;
    int i = 0;
    for (; i + 3 * LANES + BYTES.length() <= terms.count(); i += 4 * LANES) {
      var sum0 = FloatVector.zero(FLOATS);
      var sum1 = FloatVector.zero(FLOATS);
      var sum2 = FloatVector.zero(FLOATS);
      var sum3 = FloatVector.zero(FLOATS);
      for (int neuron = from; neuron < to; neuron++) {
        long here = ids[neuron] * row + terms.first() + i;
        var value = FloatVector.broadcast(FLOATS, values[neuron]);
        sum0 = levels(levels, here).fma(value, sum0);
        sum1 = levels(levels, here + LANES).fma(value, sum1);
        sum2 = levels(levels, here + 2L * LANES).fma(value, sum2);
        sum3 = levels(levels, here + 3L * LANES).fma(value, sum3);
      }
      long scale = scaleAt + i * 2L;
      scaled(scales, scale, sum0, sums, at + i);
      scaled(scales, scale + LANES * 2L, sum1, sums, at + i + LANES);
      scaled(scales, scale + LANES * 4L, sum2, sums, at + i + 2 * LANES);
      scaled(scales, scale + LANES * 6L, sum3, sums, at + i + 3 * LANES);
    }
    for (; i + BYTES.length() <= terms.count(); i += LANES) {
      var sum = FloatVector.zero(FLOATS);
      for (int neuron = from; neuron < to; neuron++) {
        var level = levels(levels, ids[neuron] * row + terms.first() + i);
        sum = level.fma(FloatVector.broadcast(FLOATS, values[neuron]), sum);
      }
      scaled(scales, scaleAt + i * 2L, sum, sums, at + i);
    }
    return i;
  }

  private static FloatVector levels(MemorySegment levels, long at) {
    return (FloatVector)
        ByteVector.fromMemorySegment(BYTES, levels, at, ORDER)
            .convertShape(VectorOperators.B2F, FLOATS, 0);
  }

  private static void scaled(
      MemorySegment scales, long scale, FloatVector sum, float[] sums, int at) {
    var before = FloatVector.fromArray(FLOATS, sums, at);
    HalfPrecision.float16(scales, scale).fma(sum, before).intoArray(sums, at);
  }

  @Override
  public float dot(Window up, int line, float[] x, int depth, float[] decoded) {
    long start = up.at(line, 0);
    return switch (up.type()) {
      case FLOAT32 -> dotFloats(up.memory(), start * 4, x, depth);
      case BFLOAT16 -> dotBfloat16s(up.memory(), start * 2, x, depth);
      case FLOAT16 -> dotFloat16s(up.memory(), start * 2, x, depth);
      default -> dotBlocks(up, line, x, depth, decoded);
    };
  }

  private static float dotFloats(MemorySegment memory, long start, float[] x, int depth) {
    var sum0 = FloatVector.zero(FLOATS);
    var sum1 = FloatVector.zero(FLOATS);
    var sum2 = FloatVector.zero(FLOATS);
    var sum3 = FloatVector.zero(FLOATS);
    int k = 0;
    for (; k + 4 * LANES <= depth; k += 4 * LANES) {
      long at = start + k * 4L;
      var w0 = FloatVector.fromMemorySegment(FLOATS, memory, at, ORDER);
      var w1 = FloatVector.fromMemorySegment(FLOATS, memory, at + LANES * 4L, ORDER);
      var w2 = FloatVector.fromMemorySegment(FLOATS, memory, at + LANES * 8L, ORDER);
      var w3 = FloatVector.fromMemorySegment(FLOATS, memory, at + LANES * 12L, ORDER);
      sum0 = w0.fma(FloatVector.fromArray(FLOATS, x, k), sum0);
      sum1 = w1.fma(FloatVector.fromArray(FLOATS, x, k + LANES), sum1);
      sum2 = w2.fma(FloatVector.fromArray(FLOATS, x, k + 2 * LANES), sum2);
      sum3 = w3.fma(FloatVector.fromArray(FLOATS, x, k + 3 * LANES), sum3);
    }
    float sum = VectorMath.sum(sum0.add(sum1).add(sum2.add(sum3)));
    for (; k < depth; k++) {
      sum = Math.fma(memory.get(Floats.LAYOUT, start + k * 4L), x[k], sum);
    }
    return sum;
  }

  private static float dotBfloat16s(MemorySegment memory, long start, float[] x, int depth) {
    var sum0 = FloatVector.zero(FLOATS);
    var sum1 = FloatVector.zero(FLOATS);
    var sum2 = FloatVector.zero(FLOATS);
    var sum3 = FloatVector.zero(FLOATS);
    int k = 0;
    for (; k + 4 * LANES <= depth; k += 4 * LANES) {
      long at = start + k * 2L;
      var w0 = HalfPrecision.bfloat16(memory, at);
      var w1 = HalfPrecision.bfloat16(memory, at + LANES * 2L);
      var w2 = HalfPrecision.bfloat16(memory, at + LANES * 4L);
      var w3 = HalfPrecision.bfloat16(memory, at + LANES * 6L);
      sum0 = w0.fma(FloatVector.fromArray(FLOATS, x, k), sum0);
      sum1 = w1.fma(FloatVector.fromArray(FLOATS, x, k + LANES), sum1);
      sum2 = w2.fma(FloatVector.fromArray(FLOATS, x, k + 2 * LANES), sum2);
      sum3 = w3.fma(FloatVector.fromArray(FLOATS, x, k + 3 * LANES), sum3);
    }
    float sum = VectorMath.sum(sum0.add(sum1).add(sum2.add(sum3)));
    for (; k < depth; k++) {
      float weight = Float.intBitsToFloat(memory.get(Floats.SHORT, start + k * 2L) << 16);
      sum = Math.fma(weight, x[k], sum);
    }
    return sum;
  }

  private static float dotFloat16s(MemorySegment memory, long start, float[] x, int depth) {
    var sum0 = FloatVector.zero(FLOATS);
    var sum1 = FloatVector.zero(FLOATS);
    int k = 0;
    for (; k + 2 * LANES <= depth; k += 2 * LANES) {
      long at = start + k * 2L;
      var w0 = HalfPrecision.float16(memory, at);
      var w1 = HalfPrecision.float16(memory, at + LANES * 2L);
      sum0 = w0.fma(FloatVector.fromArray(FLOATS, x, k), sum0);
      sum1 = w1.fma(FloatVector.fromArray(FLOATS, x, k + LANES), sum1);
    }
    float sum = VectorMath.sum(sum0.add(sum1));
    for (; k < depth; k++) {
      float weight = Float.float16ToFloat(memory.get(Floats.SHORT, start + k * 2L));
      sum = Math.fma(weight, x[k], sum);
    }
    return sum;
  }

  private static float dotBlocks(Window up, int line, float[] x, int depth, float[] decoded) {
    float sum = 0;
    for (int k = 0; k < depth; k += SparseProduct.PIECE) {
      int count = Math.min(SparseProduct.PIECE, depth - k);
      int at = BlockLines.read(up, line, k, count, decoded, 0);
      sum += dotDecoded(decoded, at, x, k, count);
    }
    return sum;
  }

  private static float dotDecoded(float[] weights, int at, float[] x, int from, int count) {
    var sum0 = FloatVector.zero(FLOATS);
    var sum1 = FloatVector.zero(FLOATS);
    int k = 0;
    for (; k + 2 * LANES <= count; k += 2 * LANES) {
      var w0 = FloatVector.fromArray(FLOATS, weights, at + k);
      var w1 = FloatVector.fromArray(FLOATS, weights, at + k + LANES);
      sum0 = w0.fma(FloatVector.fromArray(FLOATS, x, from + k), sum0);
      sum1 = w1.fma(FloatVector.fromArray(FLOATS, x, from + k + LANES), sum1);
    }
    float sum = VectorMath.sum(sum0.add(sum1));
    for (; k < count; k++) {
      sum = Math.fma(weights[at + k], x[from + k], sum);
    }
    return sum;
  }
}
