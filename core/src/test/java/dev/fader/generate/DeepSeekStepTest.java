package dev.fader.generate;

import dev.fader.tensor.DType;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class DeepSeekStepTest {
  static final String FAMILY =
      """
      "model_type": "deepseek_v3", "num_key_value_heads": 4, "intermediate_size": 512,
      "moe_intermediate_size": 256, "n_routed_experts": 8, "n_shared_experts": 1,
      "num_experts_per_tok": 2, "n_group": 4, "topk_group": 2, "first_k_dense_replace": 1,
      "kv_lora_rank": 256, "q_lora_rank": 256, "qk_head_dim": 64, "qk_nope_head_dim": 32,
      "qk_rope_head_dim": 32, "v_head_dim": 64, "norm_topk_prob": true,
      "routed_scaling_factor": 2.5
      """;

  @Tag("allocation")
  @Test
  void stepAllocatesNothing() {
    StepAllocation.assertNothing(FAMILY, DType.BFLOAT16);
  }
}
