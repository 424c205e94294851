package dev.fader.generate;

import dev.fader.tensor.DType;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class MixtralStepTest {
  @Tag("allocation")
  @Test
  void stepAllocatesNothing() {
    StepAllocation.assertNothingOfDraftsEither(
        """
        "model_type": "mixtral", "num_key_value_heads": 2, "intermediate_size": 256,
        "num_local_experts": 8, "num_experts_per_tok": 2
        """,
        DType.Q4_K);
  }
}
