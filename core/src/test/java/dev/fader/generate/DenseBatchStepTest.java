package dev.fader.generate;

import dev.fader.tensor.DType;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class DenseBatchStepTest {
  @Tag("allocation")
  @Test
  void stepAllocatesNothing() {
    StepAllocation.assertNothingOfDraftsEither(
        """
        "model_type": "llama", "num_key_value_heads": 2, "intermediate_size": 512
        """,
        DType.Q8_0);
  }
}
