package dev.fader.kernel.vector;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fader.kernel.Kernels;
import dev.fader.kernel.parallel.Workers;
import org.junit.jupiter.api.Test;

class VectorWidthTest {
  @Test
  void chosenWidthGivesReason() {
    assertEquals(
        "256-bit vectors, the widest that there are",
        VectorWidth.ofVectors(256, 256, false).reason());
    assertEquals(
        "128-bit vectors, because -Dfader.vectorBits asks for them",
        VectorWidth.ofVectors(128, 256, true).reason());
  }

  @Test
  void widthBeyondMachineThrows() {
    var thrown =
        assertThrows(IllegalArgumentException.class, () -> VectorWidth.ofVectors(512, 256, true));
    assertEquals(
        "-Dfader.vectorBits=512: this machine has vectors of at most 256 bits",
        thrown.getMessage());
  }

  @Test
  void kernelsHaveWidthOfProcess() {
    try (var workers = Workers.of(1)) {
      int bits = Integer.getInteger(VectorWidth.PROPERTY, Lanes.FLOATS.vectorBitSize());
      assertEquals(bits, Kernels.choose(workers).vectorBits());
      assertEquals(0, Kernels.scalar(workers).vectorBits());
    }
  }
}
