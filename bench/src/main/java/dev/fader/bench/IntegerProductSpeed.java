package dev.fader.bench;

import dev.fader.kernel.Kernels;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.parallel.Workers;
import dev.fader.kernel.product.MatrixProduct;
import dev.fader.tensor.DType;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.List;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/// One row times a 4096 x 4096 weight on one thread: the float32 product of the library in turns
/// with activations of eight bits, quantised once per block of 32 as llama.cpp has it, and products
/// of 16-bit whole numbers, four lines at once. Prints the least milliseconds of the thread's own
/// time, so that other programs disturb little. Only for processors with vectors of 512 bits.
///
/// Called with types: Q4_0, Q8_0, or both.
public final class IntegerProductSpeed {
  private static final int SIZE = 4096;
  private static final int BLOCK = 32;
  private static final VectorSpecies<Float> FLOATS = FloatVector.SPECIES_512;
  private static final ByteOrder ORDER = ByteOrder.nativeOrder();
  private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED;

  private static final int TURNS = 2_000;

  private final DType type;
  private final short[] quantized = new short[SIZE];
  private final float[] scales = new float[SIZE / BLOCK];
  private final float[] result = new float[SIZE];
  private final Matrix input;
  private final List<Matrix> weights;
  private final MemorySegment weight;
  private final long lineBytes;
  private final Matrix output;

  private IntegerProductSpeed(DType type, TensorArena arena) {
    this.type = type;
    input = Operands.random(arena, 1, SIZE);
    var tensor = Operands.random(arena, type, SIZE, SIZE);
    weights = List.of(Matrix.of(tensor).transposed());
    weight = tensor.segment();
    lineBytes = type.bytesFor(SIZE);
    output = Operands.random(arena, 1, SIZE);
  }

  /// Measures each type that is named.
  public static void main(String[] types) {
    for (var name : types) {
      try (var workers = Workers.of(1);
          var arena = TensorMemory.unlimited().open("benchmark")) {
        new IntegerProductSpeed(DType.valueOf(name), arena).run(Kernels.choose(workers).product());
      }
    }
  }

  private void run(MatrixProduct product) {
    long floats = Long.MAX_VALUE;
    long integers = Long.MAX_VALUE;
    for (int turn = 0; turn < TURNS; turn++) {
      long start = ThreadTime.nanos();
      product.multiply(input, weights, output, 1);
      long middle = ThreadTime.nanos();
      integers();
      floats = Math.min(floats, middle - start);
      integers = Math.min(integers, ThreadTime.nanos() - middle);
    }
    System.out.printf(
        "%s: floats %.2f ms, integers %.2f ms, relative error of the integers %.1e%n",
        type, floats / 1e6, integers / 1e6, error());
  }

  private double error() {
    double error = 0;
    double squares = 0;
    for (int i = 0; i < SIZE; i++) {
      double difference = result[i] - output.get(0, i);
      error += difference * difference;
      squares += (double) output.get(0, i) * output.get(0, i);
    }
    return Math.sqrt(error / squares);
  }

  private void integers() {
    quantize();
    for (int column = 0; column < SIZE; column += 4) {
      if (type == DType.Q4_0) {
        q4Zero(column);
      } else {
        q8Zero(column);
      }
    }
  }

  private void quantize() {
    for (int block = 0; block < SIZE / BLOCK; block++) {
      float largest = 0;
      for (int i = 0; i < BLOCK; i++) {
        largest = Math.max(largest, Math.abs(input.get(0, block * BLOCK + i)));
      }
      scales[block] = largest / 127;
      float inverse = largest == 0 ? 0 : 127 / largest;
      for (int i = 0; i < BLOCK; i++) {
        quantized[block * BLOCK + i] =
            (short) Math.round(inverse * input.get(0, block * BLOCK + i));
      }
    }
  }

  private void q4Zero(int column) {
    var sum0 = FloatVector.zero(FLOATS);
    var sum1 = FloatVector.zero(FLOATS);
    var sum2 = FloatVector.zero(FLOATS);
    var sum3 = FloatVector.zero(FLOATS);
    long line0 = column * lineBytes;
    long line1 = line0 + lineBytes;
    long line2 = line1 + lineBytes;
    long line3 = line2 + lineBytes;
    for (int block = 0; block < SIZE / BLOCK; block++) {
      float inputScale = scales[block];
      var low = ShortVector.fromArray(ShortVector.SPECIES_256, quantized, block * BLOCK);
      var high = ShortVector.fromArray(ShortVector.SPECIES_256, quantized, block * BLOCK + 16);
      ShortVector pairs;
      ShortVector products;
      IntVector ints;
      float scale;
      long here;
      here = line0 + block * 18L;
      scale = inputScale * Float.float16ToFloat(weight.get(SHORT, here));
      pairs =
          (ShortVector)
              ByteVector.fromMemorySegment(ByteVector.SPECIES_128, weight, here + 2, ORDER)
                  .convertShape(VectorOperators.ZERO_EXTEND_B2S, ShortVector.SPECIES_256, 0);
      products =
          pairs
              .and((short) 15)
              .sub((short) 8)
              .mul(low)
              .add(pairs.lanewise(VectorOperators.LSHR, 4).sub((short) 8).mul(high));
      ints = (IntVector) products.convertShape(VectorOperators.S2I, IntVector.SPECIES_512, 0);
      sum0 =
          ((FloatVector) ints.convert(VectorOperators.I2F, 0))
              .fma(FloatVector.broadcast(FLOATS, scale), sum0);
      here = line1 + block * 18L;
      scale = inputScale * Float.float16ToFloat(weight.get(SHORT, here));
      pairs =
          (ShortVector)
              ByteVector.fromMemorySegment(ByteVector.SPECIES_128, weight, here + 2, ORDER)
                  .convertShape(VectorOperators.ZERO_EXTEND_B2S, ShortVector.SPECIES_256, 0);
      products =
          pairs
              .and((short) 15)
              .sub((short) 8)
              .mul(low)
              .add(pairs.lanewise(VectorOperators.LSHR, 4).sub((short) 8).mul(high));
      ints = (IntVector) products.convertShape(VectorOperators.S2I, IntVector.SPECIES_512, 0);
      sum1 =
          ((FloatVector) ints.convert(VectorOperators.I2F, 0))
              .fma(FloatVector.broadcast(FLOATS, scale), sum1);
      here = line2 + block * 18L;
      scale = inputScale * Float.float16ToFloat(weight.get(SHORT, here));
      pairs =
          (ShortVector)
              ByteVector.fromMemorySegment(ByteVector.SPECIES_128, weight, here + 2, ORDER)
                  .convertShape(VectorOperators.ZERO_EXTEND_B2S, ShortVector.SPECIES_256, 0);
      products =
          pairs
              .and((short) 15)
              .sub((short) 8)
              .mul(low)
              .add(pairs.lanewise(VectorOperators.LSHR, 4).sub((short) 8).mul(high));
      ints = (IntVector) products.convertShape(VectorOperators.S2I, IntVector.SPECIES_512, 0);
      sum2 =
          ((FloatVector) ints.convert(VectorOperators.I2F, 0))
              .fma(FloatVector.broadcast(FLOATS, scale), sum2);
      here = line3 + block * 18L;
      scale = inputScale * Float.float16ToFloat(weight.get(SHORT, here));
      pairs =
          (ShortVector)
              ByteVector.fromMemorySegment(ByteVector.SPECIES_128, weight, here + 2, ORDER)
                  .convertShape(VectorOperators.ZERO_EXTEND_B2S, ShortVector.SPECIES_256, 0);
      products =
          pairs
              .and((short) 15)
              .sub((short) 8)
              .mul(low)
              .add(pairs.lanewise(VectorOperators.LSHR, 4).sub((short) 8).mul(high));
      ints = (IntVector) products.convertShape(VectorOperators.S2I, IntVector.SPECIES_512, 0);
      sum3 =
          ((FloatVector) ints.convert(VectorOperators.I2F, 0))
              .fma(FloatVector.broadcast(FLOATS, scale), sum3);
    }
    result[column] = sum0.reduceLanes(VectorOperators.ADD);
    result[column + 1] = sum1.reduceLanes(VectorOperators.ADD);
    result[column + 2] = sum2.reduceLanes(VectorOperators.ADD);
    result[column + 3] = sum3.reduceLanes(VectorOperators.ADD);
  }

  private void q8Zero(int column) {
    var sum0 = FloatVector.zero(FLOATS);
    var sum1 = FloatVector.zero(FLOATS);
    var sum2 = FloatVector.zero(FLOATS);
    var sum3 = FloatVector.zero(FLOATS);
    long line0 = column * lineBytes;
    long line1 = line0 + lineBytes;
    long line2 = line1 + lineBytes;
    long line3 = line2 + lineBytes;
    for (int block = 0; block < SIZE / BLOCK; block++) {
      float inputScale = scales[block];
      var x = ShortVector.fromArray(ShortVector.SPECIES_512, quantized, block * BLOCK);
      ShortVector levels;
      IntVector products;
      IntVector ints;
      float scale;
      long here;
      here = line0 + block * 34L;
      scale = inputScale * Float.float16ToFloat(weight.get(SHORT, here));
      levels =
          (ShortVector)
              ByteVector.fromMemorySegment(ByteVector.SPECIES_256, weight, here + 2, ORDER)
                  .convertShape(VectorOperators.B2S, ShortVector.SPECIES_512, 0);
      products = levels.mul(x).reinterpretAsInts();
      ints =
          products
              .lanewise(VectorOperators.LSHL, 16)
              .lanewise(VectorOperators.ASHR, 16)
              .add(products.lanewise(VectorOperators.ASHR, 16));
      sum0 =
          ((FloatVector) ints.convert(VectorOperators.I2F, 0))
              .fma(FloatVector.broadcast(FLOATS, scale), sum0);
      here = line1 + block * 34L;
      scale = inputScale * Float.float16ToFloat(weight.get(SHORT, here));
      levels =
          (ShortVector)
              ByteVector.fromMemorySegment(ByteVector.SPECIES_256, weight, here + 2, ORDER)
                  .convertShape(VectorOperators.B2S, ShortVector.SPECIES_512, 0);
      products = levels.mul(x).reinterpretAsInts();
      ints =
          products
              .lanewise(VectorOperators.LSHL, 16)
              .lanewise(VectorOperators.ASHR, 16)
              .add(products.lanewise(VectorOperators.ASHR, 16));
      sum1 =
          ((FloatVector) ints.convert(VectorOperators.I2F, 0))
              .fma(FloatVector.broadcast(FLOATS, scale), sum1);
      here = line2 + block * 34L;
      scale = inputScale * Float.float16ToFloat(weight.get(SHORT, here));
      levels =
          (ShortVector)
              ByteVector.fromMemorySegment(ByteVector.SPECIES_256, weight, here + 2, ORDER)
                  .convertShape(VectorOperators.B2S, ShortVector.SPECIES_512, 0);
      products = levels.mul(x).reinterpretAsInts();
      ints =
          products
              .lanewise(VectorOperators.LSHL, 16)
              .lanewise(VectorOperators.ASHR, 16)
              .add(products.lanewise(VectorOperators.ASHR, 16));
      sum2 =
          ((FloatVector) ints.convert(VectorOperators.I2F, 0))
              .fma(FloatVector.broadcast(FLOATS, scale), sum2);
      here = line3 + block * 34L;
      scale = inputScale * Float.float16ToFloat(weight.get(SHORT, here));
      levels =
          (ShortVector)
              ByteVector.fromMemorySegment(ByteVector.SPECIES_256, weight, here + 2, ORDER)
                  .convertShape(VectorOperators.B2S, ShortVector.SPECIES_512, 0);
      products = levels.mul(x).reinterpretAsInts();
      ints =
          products
              .lanewise(VectorOperators.LSHL, 16)
              .lanewise(VectorOperators.ASHR, 16)
              .add(products.lanewise(VectorOperators.ASHR, 16));
      sum3 =
          ((FloatVector) ints.convert(VectorOperators.I2F, 0))
              .fma(FloatVector.broadcast(FLOATS, scale), sum3);
    }
    result[column] = sum0.reduceLanes(VectorOperators.ADD);
    result[column + 1] = sum1.reduceLanes(VectorOperators.ADD);
    result[column + 2] = sum2.reduceLanes(VectorOperators.ADD);
    result[column + 3] = sum3.reduceLanes(VectorOperators.ADD);
  }
}
