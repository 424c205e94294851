package dev.fader.generate;

import dev.fader.tensor.DType;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class Qwen3MoeStepTest {
  @Tag("allocation")
  @Test
  void stepAllocatesNothing() {
    StepAllocation.assertNothing(
        """
        "model_type": "qwen3_moe", "num_key_value_heads": 2, "intermediate_size": 512,
        "moe_intermediate_size": 256, "num_experts": 16, "num_experts_per_tok": 4,
        "norm_topk_prob": true, "decoder_sparse_step": 1, "mlp_only_layers": []
        """,
        DType.Q4_0);
  }
}
