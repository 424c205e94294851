package dev.fader.generate;

import java.io.IOException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Steps of models in float32 as they lie in files, with adapters beside them and without.
class GoldenStepsTest {
  @Tag("allocation")
  @Test
  void stepsAllocateNothing() throws IOException {
    StepAllocation.assertNothing("qwen3");
    StepAllocation.assertNothing("gpt2");
    StepAllocation.assertNothingWith("lora-all-rslora");
    StepAllocation.assertNothingWith("prompt");
    StepAllocation.assertNothingWithChoices("lora-qv", "lora-all-rslora");
  }
}
