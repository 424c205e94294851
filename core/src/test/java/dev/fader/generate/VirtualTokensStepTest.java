package dev.fader.generate;

import java.io.IOException;
import org.junit.jupiter.api.Test;

class VirtualTokensStepTest {
  @Test
  void aStepAllocatesNothing() throws IOException {
    StepAllocation.assertNothingWith("prompt");
  }
}
