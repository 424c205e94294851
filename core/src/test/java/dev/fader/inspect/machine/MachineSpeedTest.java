package dev.fader.inspect.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.kernel.Kernels;
import dev.fader.kernel.parallel.Workers;
import dev.fader.tensor.TensorMemory;
import org.junit.jupiter.api.Test;

class MachineSpeedTest {
  @Test
  void measureGivesBothAndClosesMemory() {
    var memory = TensorMemory.unlimited();
    try (var workers = Workers.of(1)) {
      var speed = MachineSpeed.measure(Kernels.choose(workers), memory);
      // A processor that reached none of these numbers could not run the test.
      assertTrue(speed.flopsPerSecond() > 1e7, speed.toString());
      assertTrue(speed.bytesPerSecond() > 1e7, speed.toString());
    }
    assertEquals(0, memory.bytes());
  }
}
