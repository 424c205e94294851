package dev.fader.kernel.vector;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fader.kernel.matrix.Floats;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.TensorMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;

class HalfPrecisionTest {
  /// How a vector is read.
  private interface Reader {
    FloatVector read(MemorySegment memory, long at);
  }

  @Test
  void everyBitPatternWidensAsTensorDoes() {
    check(DType.BFLOAT16, HalfPrecision::bfloat16);
    check(DType.FLOAT16, HalfPrecision::float16);
  }

  private static void check(DType type, Reader reader) {
    try (var arena = TensorMemory.unlimited().open("test")) {
      var tensor = arena.allocate(type, Shape.of(1 << 16));
      for (int bits = 0; bits < 1 << 16; bits++) {
        tensor.segment().setAtIndex(ValueLayout.JAVA_SHORT, bits, (short) bits);
      }
      int lanes = Lanes.FLOATS.length();
      for (int start = 0; start < 1 << 16; start += lanes) {
        float[] actual = reader.read(tensor.segment(), start * 2L).toArray();
        for (int lane = 0; lane < lanes; lane++) {
          int bits = start + lane;
          float expected = tensor.get(bits);
          assertEquals(
              Float.floatToIntBits(expected), // one NaN is as good as another
              Float.floatToIntBits(actual[lane]),
              () -> "%s 0x%04x".formatted(type, bits));
        }
      }
    }
  }

  @Test
  void roundingIsThatOfTensors() {
    // Ties, their neighbours, the largest number, infinity, NaN of both kinds, denormals, zero.
    int[] parts = {0, 1, 0x7fff, 0x8000, 0x8001, 0xffff};
    var random = new Random(3);
    try (var arena = TensorMemory.unlimited().open("test")) {
      int lanes = Lanes.FLOATS.length();
      var tensor = arena.allocate(DType.BFLOAT16, Shape.of(lanes));
      var stored = arena.allocate(DType.BFLOAT16, Shape.of(lanes));
      var values = new float[lanes];
      for (int upper = 0; upper < 1 << 16; upper += 7) {
        for (int i = 0; i < lanes; i++) {
          values[i] = Float.intBitsToFloat((upper << 16) | parts[random.nextInt(parts.length)]);
        }
        tensor.copyFrom(values);
        var vector = FloatVector.fromArray(Lanes.FLOATS, values, 0);
        HalfPrecision.storeBfloat16(vector, stored.segment(), 0);
        var pairs = HalfPrecision.bfloat16Pairs(vector, vector);
        for (int i = 0; i < lanes; i++) {
          short expected = tensor.segment().getAtIndex(ValueLayout.JAVA_SHORT, i);
          int bits = Float.floatToRawIntBits(values[i]);
          assertEquals(
              expected,
              stored.segment().getAtIndex(ValueLayout.JAVA_SHORT, i),
              () -> "bits " + bits);
          assertEquals(expected, Floats.bfloat16(values[i]), () -> "bits " + bits);
          assertEquals((expected & 0xffff) * 0x10001, pairs.lane(i), () -> "bits " + bits);
        }
      }
    }
  }
}
