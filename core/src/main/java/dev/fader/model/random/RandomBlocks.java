package dev.fader.model.random;

import dev.fader.quantization.BlockFormat;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.SplittableRandom;

/// A stock of random numbers in a stored type, to fill tensors of any size from: encoding is slow,
/// copying is not.
final class RandomBlocks {
  private static final int NUMBERS = 1 << 16;

  /// Numbers taken at a time from a type that has no blocks.
  private static final int RUN = 32;

  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final DType type;
  private final Tensor stock;

  /// Numbers of about the standard deviation `deviation`.
  RandomBlocks(DType type, double deviation, long seed) {
    this.type = type;
    var random = new SplittableRandom(seed);
    stock =
        new Tensor(
            type,
            Shape.of(NUMBERS),
            Arena.ofAuto().allocate(type.bytesFor(NUMBERS), Float.BYTES * 16L));
    if (type.isQuantized() && !type.blockFormat().isWritten()) {
      fillBytes(random, deviation);
    } else {
      var numbers = new float[NUMBERS];
      for (int i = 0; i < NUMBERS; i++) {
        numbers[i] = (float) (deviation * random.nextGaussian());
      }
      stock.copyFrom(numbers);
    }
  }

  /// Numbers that are copied together.
  int run() {
    return Math.max(RUN, type.blockSize());
  }

  /// Sets the run of `tensor` that begins at its element `start` to one of the stock's.
  ///
  /// @param choice any number, which selects it
  void copy(Tensor tensor, long start, long choice) {
    long count = Math.min(run(), tensor.elements() - start);
    long from = (choice >>> 1) % (NUMBERS / run()) * run();
    MemorySegment.copy(
        stock.segment(),
        type.bytesFor(from),
        tensor.segment(),
        type.bytesFor(start),
        type.bytesFor(count));
  }

  /// Any bytes are levels; only the scales must be chosen. Each block is decoded under a scale of 1
  /// to see what it needs.
  private void fillBytes(SplittableRandom random, double deviation) {
    var format = type.blockFormat();
    var bytes = new byte[format.bytes()];
    var decoded = new float[format.elements()];
    var block = MemorySegment.ofArray(bytes);
    for (long at = 0; at < stock.segment().byteSize(); at += bytes.length) {
      random.nextBytes(bytes);
      setScale(format, block, 1);
      format.decode(block, 0, decoded, 0);
      setScale(format, block, (float) (deviation / rootMeanSquare(decoded)));
      MemorySegment.copy(block, 0, stock.segment(), at, bytes.length);
    }
  }

  private static double rootMeanSquare(float[] numbers) {
    double squares = Double.MIN_NORMAL;
    for (float number : numbers) {
      squares += (double) number * number;
    }
    return Math.sqrt(squares / numbers.length);
  }

  private static void setScale(BlockFormat format, MemorySegment block, float scale) {
    int half = Float.floatToFloat16(scale) & 0xffff;
    switch (format) {
      case IQ4_XS, Q1_0, IQ1_S, IQ2_XXS, IQ2_XS, IQ2_S, IQ3_XXS, IQ3_S ->
          block.set(SHORT, 0, (short) half);
      case IQ1_M -> { // four bits of the float16 in the upper half byte of each of four shorts
        for (int part = 0; part < 4; part++) {
          long at = format.bytes() - 2L * (4 - part);
          int kept = block.get(SHORT, at) & 0x0fff;
          block.set(SHORT, at, (short) (kept | (half >> (4 * part) & 15) << 12));
        }
      }
      case NVFP4 -> { // four scales of eight bits, E4M3: below 2^-6 only the fraction counts
        int exponent = Math.min(Math.getExponent(scale) + 7, 14);
        int bits = exponent > 0 ? exponent << 3 : Math.clamp(Math.round(scale * 512), 1, 7);
        for (int part = 0; part < 4; part++) {
          block.set(ValueLayout.JAVA_BYTE, part, (byte) bits);
        }
      }
      default -> throw new IllegalArgumentException(format + " has an encoder");
    }
  }
}
