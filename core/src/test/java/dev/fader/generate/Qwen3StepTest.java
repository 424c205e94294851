package dev.fader.generate;

import java.io.IOException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class Qwen3StepTest {
  @Tag("allocation")
  @Test
  void stepAllocatesNothing() throws IOException {
    StepAllocation.assertNothing("qwen3");
  }
}
