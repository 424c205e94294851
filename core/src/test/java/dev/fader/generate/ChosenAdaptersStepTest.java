package dev.fader.generate;

import java.io.IOException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class ChosenAdaptersStepTest {
  @Tag("allocation")
  @Test
  void aStepAllocatesNothing() throws IOException {
    StepAllocation.assertNothingWithChoices("lora-qv", "lora-all-rslora");
  }
}
