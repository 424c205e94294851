package dev.fader.kernel.vector;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.TensorMemory;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
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
}
