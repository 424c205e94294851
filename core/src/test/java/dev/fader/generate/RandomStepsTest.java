package dev.fader.generate;

import dev.fader.tensor.DType;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Steps of random models that are wide enough for every kernel, of one session, of several and of
/// drafts: dense ones, experts of each kind, latent attention.
class RandomStepsTest {
  private static final String LLAMA =
      """
      "model_type": "llama", "num_key_value_heads": 2, "intermediate_size": 512
      """;
  private static final String QWEN3_MOE =
      """
      "model_type": "qwen3_moe", "num_key_value_heads": 2, "intermediate_size": 512,
      "moe_intermediate_size": 256, "num_experts": 16, "num_experts_per_tok": 4,
      "norm_topk_prob": true, "decoder_sparse_step": 1, "mlp_only_layers": []
      """;
  private static final String GPT_OSS =
      """
      "model_type": "gpt_oss", "num_key_value_heads": 2, "intermediate_size": 256,
      "num_local_experts": 8, "num_experts_per_tok": 2, "sliding_window": 64,
      "attention_bias": true, "layer_types": ["sliding_attention", "full_attention"]
      """;
  private static final String MIXTRAL =
      """
      "model_type": "mixtral", "num_key_value_heads": 2, "intermediate_size": 256,
      "num_local_experts": 8, "num_experts_per_tok": 2
      """;
  private static final String DEEP_SEEK =
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
  void stepsAllocateNothing() {
    StepAllocation.assertNothingOfDraftsEither(LLAMA, DType.Q8_0);
    StepAllocation.assertNothing(QWEN3_MOE, DType.Q4_0);
    StepAllocation.assertNothing(GPT_OSS, DType.BFLOAT16);
    StepAllocation.assertNothingOfDraftsEither(MIXTRAL, DType.Q4_K);
    StepAllocation.assertNothing(DEEP_SEEK, DType.BFLOAT16);
    StepAllocation.assertNothing(DEEP_SEEK, DType.Q8_0);
  }
}
