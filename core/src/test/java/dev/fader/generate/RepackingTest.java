package dev.fader.generate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fader.format.FormatException;
import dev.fader.inspect.plan.RunningCount;
import dev.fader.inspect.plan.WeightBytes;
import dev.fader.kernel.Engine;
import dev.fader.kernel.interleaved.Interleaving;
import dev.fader.model.ActivationType;
import dev.fader.model.Decoder;
import dev.fader.model.KeyValueLimits;
import dev.fader.model.ModelConfig;
import dev.fader.model.convert.WeightType;
import dev.fader.model.family.HuggingFaceConfig;
import dev.fader.model.random.RandomModel;
import dev.fader.tensor.DType;
import dev.fader.tensor.TensorMemory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// The copies of quantised weights that sessions make: what they take, and when there are none.
class RepackingTest {
  private static final KeyValueLimits LIMITS = KeyValueLimits.DEFAULTS;

  private static ModelConfig config() {
    return config(256, 512, 2);
  }

  private static ModelConfig config(int width, int feedForward, int layers) {
    var json =
        """
        {"model_type": "llama", "vocab_size": 301, "hidden_size": %d, "intermediate_size": %d,
         "num_hidden_layers": %d, "num_attention_heads": 4, "num_key_value_heads": 2,
         "max_position_embeddings": 128, "rms_norm_eps": 1e-5, "tie_word_embeddings": true}
        """
            .formatted(width, feedForward, layers);
    return read(json);
  }

  private static ModelConfig read(String json) {
    try {
      return HuggingFaceConfig.read(
          Path.of("wide"), (ObjectNode) JsonMapper.shared().readTree(json));
    } catch (FormatException impossible) {
      throw new AssertionError(impossible);
    }
  }

  private static WeightType uniform(DType type) {
    return new WeightType.Uniform(type);
  }

  /// The bytes of all copies.
  private static long copies(Decoder decoder) {
    long bytes = 0;
    for (var spec : decoder.parameters().specs()) {
      var tensor = decoder.parameters().get(spec).value();
      bytes += tensor.isInterleaved() ? tensor.interleaved().byteSize() : 0;
    }
    return bytes;
  }

  private static void assumeVectors(Engine engine) {
    assumeTrue(engine.kernels().vectorBits() > 0, "the scalar kernels read weights as they lie");
  }

  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {"Q4_0", "Q4_1", "Q4_K", "Q5_0", "Q6_K", "Q8_0"})
  void plansCountWhatSessionsTake(DType type) {
    try (var engine = new Engine(1, Long.MAX_VALUE)) {
      assumeVectors(engine);
      try (var model = RandomModel.of(config(), uniform(type), engine)) {
        var decoder = model.decoder();
        decoder.cover(1);
        long before = engine.memory().bytes();
        try (var pool = new SessionPool(decoder, engine.kernels(), engine.memory(), LIMITS)) {
          long taken = engine.memory().bytes() - before - pool.activationBytes();
          long stored = 0; // and still read
          for (var spec : decoder.parameters().specs()) {
            var tensor = decoder.parameters().get(spec).value();
            boolean read = !tensor.isInterleaved() || !Interleaving.isForPanels(type);
            stored += !read ? 0 : tensor.type().bytesFor(tensor.shape());
          }
          var weights = WeightBytes.of(config(), uniform(type));
          assertEquals(copies(decoder), taken, type + ", copies");
          assertEquals(weights.running(), taken + stored, type + ", all that is read");
          var plain = new RunningCount(config(), uniform(type), DType.FLOAT16, false);
          assertEquals(weights.all(), plain.memory(8).weights());
        }
      }
    }
  }

  @Test
  void weightsThatAreKeptAsStoredAreNotCopied() {
    try (var engine = new Engine(1, Long.MAX_VALUE);
        var model = RandomModel.of(config(), uniform(DType.Q4_0), engine)) {
      assumeVectors(engine);
      model.decoder().keepAsStored();
      try (var _ = new SessionPool(model.decoder(), engine.kernels(), engine.memory(), LIMITS)) {
        assertEquals(0, copies(model.decoder()));
      }
    }
  }

  /// The types in which rows are taken by the copies that a pool makes.
  private static Set<DType> rows(Decoder decoder) {
    var types = EnumSet.noneOf(DType.class);
    for (var spec : decoder.parameters().specs()) {
      var tensor = decoder.parameters().get(spec).value();
      if (tensor.isInterleaved()) {
        types.add(tensor.interleavedRows());
      }
    }
    return types;
  }

  @ParameterizedTest
  @EnumSource
  void smallModelsTakeEightBitsOnlyWhenTheyAreAskedTo(ActivationType type) {
    try (var engine = new Engine(1, Long.MAX_VALUE);
        var model = RandomModel.of(config(), uniform(DType.Q4_K), engine)) {
      assumeVectors(engine);
      model.decoder().takeActivationsAs(type);
      model.decoder().repack(engine.kernels().workers());
      boolean eightBits = type == ActivationType.EIGHT_BITS;
      assertEquals(Set.of(eightBits ? DType.Q8_0 : DType.FLOAT32), rows(model.decoder()));
    }
  }

  /// 143 million weights of four bits and a half.
  @Test
  void largeModelsTakeEightBits() {
    try (var engine = new Engine(2, Long.MAX_VALUE);
        var model = RandomModel.of(config(4096, 8192, 1), uniform(DType.Q4_K), engine)) {
      assumeVectors(engine);
      model.decoder().repack(engine.kernels().workers());
      assertEquals(Set.of(DType.Q8_0), rows(model.decoder()));
    }
  }

  /// Heads with keys of their own, stacks of experts, and latents.
  private enum Kind {
    DENSE,
    EXPERTS,
    LATENT;

    ModelConfig config() {
      return switch (this) {
        case DENSE -> RepackingTest.config();
        case EXPERTS ->
            read(
                """
                {"model_type": "qwen3_moe", "vocab_size": 301, "hidden_size": 256, "head_dim": 64,
                 "intermediate_size": 256, "moe_intermediate_size": 256, "num_hidden_layers": 2,
                 "num_attention_heads": 4, "num_key_value_heads": 2, "num_local_experts": 6,
                 "num_experts_per_tok": 3, "norm_topk_prob": true, "rope_theta": 1e4,
                 "max_position_embeddings": 128, "rms_norm_eps": 1e-5, "mlp_only_layers": [],
                 "tie_word_embeddings": false}
                """);
        case LATENT ->
            read(
                """
                {"model_type": "deepseek_v3", "vocab_size": 301, "hidden_size": 256,
                 "intermediate_size": 512, "moe_intermediate_size": 256, "num_hidden_layers": 2,
                 "num_attention_heads": 4, "num_key_value_heads": 4, "first_k_dense_replace": 1,
                 "kv_lora_rank": 256, "q_lora_rank": 256, "qk_nope_head_dim": 32,
                 "qk_rope_head_dim": 16, "v_head_dim": 64, "n_routed_experts": 8, "n_group": 4,
                 "topk_group": 2, "n_shared_experts": 1, "num_experts_per_tok": 3,
                 "norm_topk_prob": true, "routed_scaling_factor": 2.5, "rope_theta": 1e4,
                 "max_position_embeddings": 128, "rms_norm_eps": 1e-5,
                 "tie_word_embeddings": false}
                """);
      };
    }
  }

  /// Eight texts together become what each does alone, with activations of eight bits too; and
  /// these are others than those of float32, but not by much.
  @ParameterizedTest
  @EnumSource
  void sequencesInEightBitsAreThoseOfEachAlone(Kind kind) {
    var exact = logits(kind, ActivationType.FLOAT32, false);
    var alone = logits(kind, ActivationType.EIGHT_BITS, false);
    var together = logits(kind, ActivationType.EIGHT_BITS, true);
    double difference = 0;
    double magnitude = 0;
    for (int i = 0; i < 8; i++) {
      assertArrayEquals(alone.get(i), together.get(i), "sequence " + i);
      for (int j = 0; j < exact.get(i).length; j++) {
        difference = Math.max(difference, Math.abs(exact.get(i)[j] - alone.get(i)[j]));
        magnitude = Math.max(magnitude, Math.abs(exact.get(i)[j]));
      }
    }
    assertTrue(difference > 0, "nothing was taken in eight bits");
    // A number of 32 is wrong by a 250th of the largest at most, and errors cancel: a twentieth is
    // ten times what seven products in a row leave here.
    // Of experts a row may get others.
    boolean near = difference < magnitude / 20;
    assertTrue(near || kind != Kind.DENSE, difference + " of " + magnitude);
  }

  private static List<float[]> logits(Kind kind, ActivationType type, boolean together) {
    var logits = new ArrayList<float[]>();
    try (var engine = new Engine(2, Long.MAX_VALUE);
        var model = RandomModel.of(kind.config(), uniform(DType.Q4_K), engine)) {
      assumeVectors(engine);
      model.decoder().takeActivationsAs(type);
      try (var pool = new SessionPool(model.decoder(), engine.kernels(), engine.memory(), LIMITS)) {
        var batch = new SessionBatch();
        var sessions = new ArrayList<Session>();
        for (int i = 0; i < 8; i++) {
          var session = pool.open(16);
          sessions.add(session);
          batch.add(session, 3 * i + 1, 7, i);
          if (!together) {
            pool.read(batch);
            batch.clear();
          }
        }
        if (together) {
          pool.read(batch);
        }
        for (var session : sessions) {
          logits.add(session.logits().clone());
          session.close();
        }
      }
    }
    return logits;
  }

  /// As a model reads the tokens that were drafted for it.
  @ParameterizedTest
  @EnumSource
  void tokensInEightBitsAreThoseOfSingleSteps(Kind kind) {
    int[] tokens = {5, 80, 300, 2, 7};
    try (var engine = new Engine(2, Long.MAX_VALUE);
        var model = RandomModel.of(kind.config(), uniform(DType.Q4_K), engine)) {
      assumeVectors(engine);
      model.decoder().takeActivationsAs(ActivationType.EIGHT_BITS);
      try (var pool = new SessionPool(model.decoder(), engine.kernels(), engine.memory(), LIMITS);
          var steps = pool.open(16);
          var drafted = pool.open(16)) {
        var rows = new ArrayList<float[]>();
        drafted.read(tokens, position -> true, (position, row) -> rows.add(row.clone()));
        for (int i = 0; i < tokens.length; i++) {
          steps.read(tokens[i]);
          assertArrayEquals(steps.logits(), rows.get(i), "token " + i);
        }
      }
    }
  }

  /// An embedding is that of float32 also beside generation in eight bits.
  @Test
  void kernelsOfFloat32ReadCopiesForEightBits() {
    var states = new ArrayList<float[]>();
    for (var type : new ActivationType[] {ActivationType.FLOAT32, ActivationType.EIGHT_BITS}) {
      try (var engine = new Engine(2, Long.MAX_VALUE);
          var model = RandomModel.of(config(), uniform(DType.Q4_K), engine)) {
        assumeVectors(engine);
        model.decoder().takeActivationsAs(type);
        var kernels = engine.kernels().inFloat32();
        try (var pool = new SessionPool(model.decoder(), kernels, engine.memory(), LIMITS);
            var session = pool.open(16)) {
          states.add(new Embedder(session, Pooling.MEAN, true).embed(5, 80, 300));
        }
        boolean eightBits = type == ActivationType.EIGHT_BITS;
        assertEquals(Set.of(eightBits ? DType.Q8_0 : DType.FLOAT32), rows(model.decoder()));
      }
    }
    assertArrayEquals(states.get(0), states.get(1));
  }

  @Test
  void weightsStayAsTheyLieWhereACopyLeavesTooLittleMemory() {
    long weights = RandomModel.bytes(config(), uniform(DType.Q4_0));
    var lines = new ArrayList<String>();
    var handler =
        new Handler() {
          @Override
          public void publish(LogRecord line) {
            lines.add(line.getMessage());
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    var log = Logger.getLogger("dev.fader.model");
    log.addHandler(handler);
    var whole = new TensorMemory(2 * weights);
    try {
      for (var memory : List.of(whole, TensorMemory.within(whole, Long.MAX_VALUE))) {
        try (var engine = new Engine(1, memory)) {
          assumeVectors(engine);
          try (var model = RandomModel.of(config(), uniform(DType.Q4_0), engine)) {
            var decoder = model.decoder();
            long before = whole.bytes();
            decoder.repack(engine.kernels().workers());
            assertEquals(0, copies(decoder));
            assertEquals(before, whole.bytes());
          }
        }
      }
    } finally {
      log.removeHandler(handler);
    }
    var known = lines.stream().map(line -> line.contains("too many of the {1}")).toList();
    assertEquals(List.of(true, true), known, "before any memory is taken");
  }
}
