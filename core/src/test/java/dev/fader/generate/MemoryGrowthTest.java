package dev.fader.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fader.format.FormatException;
import dev.fader.kernel.Engine;
import dev.fader.model.KeyValueLimits;
import dev.fader.model.convert.WeightType;
import dev.fader.model.family.HuggingFaceConfig;
import dev.fader.model.random.RandomModel;
import dev.fader.tensor.DType;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// However long one writes, and for however many, memory is what the first needed. Models are small
/// enough for 20,000 steps in a second or two, on two threads, since each keeps memory of its own.
class MemoryGrowthTest {
  private static final int CONTEXT = 100;
  private static final int SEED = 20261130;

  /// Attention over all and over the last tokens, experts, and latent attention with experts.
  private enum Family {
    DENSE(
        """
        "model_type": "llama", "num_key_value_heads": 2, "intermediate_size": 33
        """),
    SLIDING(
        """
        "model_type": "mistral", "num_key_value_heads": 2, "intermediate_size": 33,
        "sliding_window": 31
        """),
    EXPERTS(
        """
        "model_type": "mixtral", "num_key_value_heads": 2, "intermediate_size": 13,
        "num_local_experts": 5, "num_experts_per_tok": 2
        """),
    LATENT(
        """
        "model_type": "deepseek_v3", "num_key_value_heads": 4, "intermediate_size": 33,
        "moe_intermediate_size": 13, "n_routed_experts": 6, "n_shared_experts": 1,
        "num_experts_per_tok": 2, "n_group": 3, "topk_group": 2, "first_k_dense_replace": 1,
        "kv_lora_rank": 13, "q_lora_rank": 7, "qk_head_dim": 14, "qk_nope_head_dim": 8,
        "qk_rope_head_dim": 6, "v_head_dim": 8, "norm_topk_prob": true,
        "routed_scaling_factor": 2.5
        """);

    private final String fields;

    Family(String fields) {
      this.fields = fields;
    }

    private RandomModel open(Engine engine) throws FormatException {
      var json =
          """
          {"vocab_size": 31, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4,
           "head_dim": 8, "max_position_embeddings": 100, "rms_norm_eps": 1e-6, %s}
          """
              .formatted(fields);
      var config =
          HuggingFaceConfig.read(
              Path.of("random"), (ObjectNode) JsonMapper.shared().readTree(json));
      return RandomModel.of(config, new WeightType.Uniform(DType.FLOAT32), engine);
    }
  }

  private final Random random = new Random(SEED);

  private int[] text(int length) {
    return random.ints(length, 0, 31).toArray();
  }

  private static SessionPool pool(RandomModel model, Engine engine) {
    return new SessionPool(
        model.decoder(), engine.kernels(), engine.memory(), KeyValueLimits.DEFAULTS);
  }

  @ParameterizedTest
  @EnumSource
  void twentyThousandTokensTakeNoMoreThanTheFirst(Family family) throws FormatException {
    try (var engine = new Engine(2, Long.MAX_VALUE);
        var model = family.open(engine);
        var pool = pool(model, engine);
        var session = pool.open(CONTEXT)) {
      session.read(text(20));
      long after = 0;
      for (int step = 0; step < 20_000; step++) {
        if (session.length() == CONTEXT) {
          session.truncate(20);
          after = after == 0 ? engine.memory().peakBytes() : after;
        }
        session.append(step % 7);
      }
      assertEquals(after, engine.memory().peakBytes(), "seed " + SEED);
    }
  }

  @ParameterizedTest
  @EnumSource
  void thousandSessionsTakeNoMoreThanOne(Family family) throws FormatException {
    try (var engine = new Engine(2, Long.MAX_VALUE);
        var model = family.open(engine);
        var pool = pool(model, engine)) {
      int[] prompt = text(40);
      long after = 0;
      for (int i = 0; i < 1000; i++) {
        try (var session = pool.open(60)) {
          session.read(prompt);
          session.append(1);
          after = i == 0 ? engine.memory().peakBytes() : after;
        }
      }
      assertEquals(after, engine.memory().peakBytes(), "seed " + SEED);
      assertEquals(0, pool.keyValueBytes());
    }
  }
}
