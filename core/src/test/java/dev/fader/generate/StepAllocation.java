package dev.fader.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.fader.format.FormatException;
import dev.fader.kernel.Allocations;
import dev.fader.kernel.Engine;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.parallel.Workers;
import dev.fader.model.Decoder;
import dev.fader.model.KeyValueLimits;
import dev.fader.model.ModelConfig;
import dev.fader.model.convert.WeightType;
import dev.fader.model.family.HuggingFaceConfig;
import dev.fader.model.file.AdapterSource;
import dev.fader.model.file.LoadedModel;
import dev.fader.model.mix.Mix;
import dev.fader.model.random.RandomModel;
import dev.fader.tensor.DType;
import dev.fader.tensor.TensorMemory;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// What a step of a session allocates. What the compiler puts in line depends on what ran before:
/// models whose matrices are alike share a test and so a JVM, always in the same order. Each but
/// the first then takes a second, where a JVM of its own took ten and more to compile the same
/// kernels.
///
/// Steps begin a few tokens before a page of keys and values ends, and go beyond it.
final class StepAllocation {
  private static final int PROMPT = 60;
  private static final int STEPS = 8;
  private static final int SEED = 20261129;

  private final SessionPool pool;
  private final Random random = new Random(SEED);
  private final int vocabulary;
  private final String name;

  private StepAllocation(SessionPool pool, Decoder decoder, String name) {
    this.pool = pool;
    this.vocabulary = decoder.config().vocabularySize();
    this.name = name;
  }

  /// Steps of the golden model `name`.
  static void assertNothing(String name) throws IOException {
    var memory = TensorMemory.unlimited();
    try (var workers = Workers.of(2);
        var model = LoadedModel.open(path("models/" + name), memory);
        var pool =
            new SessionPool(
                model.decoder(), Kernels.choose(workers), memory, KeyValueLimits.DEFAULTS)) {
      new StepAllocation(pool, model.decoder(), name).oneToken();
    }
  }

  /// Steps of the golden model llama with an adapter beside it that all sequences use.
  static void assertNothingWith(String adapter) throws IOException {
    var memory = TensorMemory.unlimited();
    try (var workers = Workers.of(2);
        var base = LoadedModel.open(path("models/llama"), memory);
        var model = base.with(List.of(source(adapter)), Kernels.choose(workers));
        var pool =
            new SessionPool(
                model.decoder(), Kernels.choose(workers), memory, KeyValueLimits.DEFAULTS)) {
      new StepAllocation(pool, model.decoder(), adapter).oneToken();
    }
  }

  /// Steps of eight sessions that use one of two adapters, both or none.
  static void assertNothingWithChoices(String first, String second) throws IOException {
    var memory = TensorMemory.unlimited();
    var sources = List.of(source(first), source(second));
    try (var workers = Workers.of(2);
        var base = LoadedModel.open(path("models/llama"), memory);
        var model = base.withChoices(sources, Mix.NEUTRAL, Kernels.choose(workers));
        var pool =
            new SessionPool(
                model.decoder(), Kernels.choose(workers), memory, KeyValueLimits.DEFAULTS)) {
      new StepAllocation(pool, model.decoder(), first + " and " + second).eightSessions();
    }
  }

  private static AdapterSource source(String adapter) {
    return AdapterSource.of(path("adapters/" + adapter));
  }

  /// Steps of a random model with weights of a type: of one session and of eight sessions at once.
  ///
  /// @param family the fields of its `config.json` that are not those of every model
  static void assertNothing(String family, DType type) {
    assertNothing(family, type, false);
  }

  /// The same, and of drafts that are checked: what is done for these is the same for all families,
  /// but for whether there are experts.
  static void assertNothingOfDraftsEither(String family, DType type) {
    assertNothing(family, type, true);
  }

  private static void assertNothing(String family, DType type, boolean drafts) {
    try (var engine = new Engine(2, Long.MAX_VALUE);
        var model = RandomModel.of(config(family), new WeightType.Uniform(type), engine);
        var pool =
            new SessionPool(
                model.decoder(), engine.kernels(), engine.memory(), KeyValueLimits.DEFAULTS)) {
      var steps = new StepAllocation(pool, model.decoder(), type + " " + family);
      steps.oneToken();
      steps.eightSessions();
      if (drafts) {
        steps.drafts();
      }
    }
  }

  private static ModelConfig config(String family) {
    var json =
        """
        {"vocab_size": 512, "hidden_size": 256, "num_hidden_layers": 2, "num_attention_heads": 4,
         "head_dim": 64, "max_position_embeddings": 256, "rms_norm_eps": 1e-6, %s}
        """
            .formatted(family);
    try {
      return HuggingFaceConfig.read(
          Path.of("random"), (ObjectNode) JsonMapper.shared().readTree(json));
    } catch (FormatException impossible) {
      throw new AssertionError(impossible);
    }
  }

  private Session session() {
    var strengths = new float[pool.decoder().choices()];
    for (int i = 0; i < strengths.length; i++) {
      strengths[i] = random.nextInt(2);
    }
    var session = pool.open(PROMPT + 16, strengths);
    session.read(random.ints(PROMPT, 0, vocabulary).toArray());
    return session;
  }

  private int token() {
    return random.nextInt(vocabulary);
  }

  private void oneToken() {
    try (var session = session()) {
      long bytes =
          Allocations.leastBytes(
              1,
              0,
              () -> {
                for (int step = 0; step < STEPS; step++) {
                  session.append(token());
                }
                session.truncate(PROMPT);
              });
      assertEquals(0, bytes, name + ", seed " + SEED);
    }
  }

  private void eightSessions() {
    var sessions = new ArrayList<Session>();
    for (int i = 0; i < 8; i++) {
      sessions.add(session());
    }
    var batch = new SessionBatch();
    long bytes =
        Allocations.leastBytes(
            1,
            0,
            () -> {
              for (int step = 0; step < STEPS; step++) {
                batch.clear();
                for (int i = 0; i < sessions.size(); i++) {
                  batch.add(sessions.get(i), token());
                }
                pool.read(batch);
              }
              for (int i = 0; i < sessions.size(); i++) {
                sessions.get(i).truncate(PROMPT);
              }
            });
    assertEquals(0, bytes, "eight sessions of " + name + ", seed " + SEED);
    sessions.forEach(Session::close);
  }

  /// Speculative decoding by look-up: texts of few tokens repeat themselves, and so are drafted.
  private void drafts() {
    var drafter = new NgramDrafter(5);
    try (var session = session()) {
      var sampler = new Sampler(SamplerSettings.DEFAULTS.greedy(), Optional.empty());
      var reading =
          new ReadAhead(session, sampler, Optional.of(drafter), new Draft(List.of(vocabulary)));
      var text = new int[PROMPT + 16];
      System.arraycopy(session.tokens(), 0, text, 0, PROMPT);
      float[] first = session.append(token());
      session.truncate(PROMPT);
      long bytes =
          Allocations.leastBytes(
              1,
              0,
              () -> {
                reading.begin(first);
                int length = PROMPT;
                while (length < PROMPT + STEPS) {
                  reading.next(text, length, Optional.empty());
                  text[length] = length % 3; // what would be written with other weights
                  length++;
                  if (!reading.isDecided(text, length, 6, Optional.empty())) {
                    reading.read();
                  }
                }
                reading.forgetRest();
                session.truncate(PROMPT);
              });
      assertEquals(0, bytes, "drafts of " + name + ", seed " + SEED);
    }
  }

  private static Path path(String name) {
    var url = Objects.requireNonNull(StepAllocation.class.getResource("/golden/" + name));
    try {
      return Path.of(url.toURI());
    } catch (URISyntaxException impossible) {
      throw new AssertionError(impossible);
    }
  }
}
