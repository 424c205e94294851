package dev.fader.generate;

import dev.fader.tensor.DType;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class DeepSeekQuantizedStepTest {
  @Tag("allocation")
  @Test
  void stepAllocatesNothing() {
    StepAllocation.assertNothing(DeepSeekStepTest.FAMILY, DType.Q8_0);
  }
}
