package dev.fader.generate;

import java.io.IOException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class LowRankStepTest {
  @Tag("allocation")
  @Test
  void aStepAllocatesNothing() throws IOException {
    StepAllocation.assertNothingWith("lora-all-rslora");
  }
}
