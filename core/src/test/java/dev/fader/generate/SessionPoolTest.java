package dev.fader.generate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.kernel.Kernels;
import dev.fader.kernel.parallel.Workers;
import dev.fader.model.KeyValueLimits;
import dev.fader.model.KeyValuePages;
import dev.fader.model.file.LoadedModel;
import dev.fader.tensor.DType;
import dev.fader.tensor.OutOfTensorMemory;
import dev.fader.tensor.TensorMemory;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Sessions that share pages and passes get what they would get alone, to the bit.
class SessionPoolTest {
  private static final int SEED = 20261128;

  private final TensorMemory memory = TensorMemory.unlimited();
  private final Workers workers = Workers.of(2);
  private final Kernels kernels = Kernels.choose(workers);
  private final Random random = new Random(SEED);

  @AfterEach
  void nothingStaysOpen() {
    workers.close();
    assertEquals(List.of(), memory.openArenas(), "seed " + SEED);
    assertEquals(0, memory.bytes());
  }

  private LoadedModel open(String name) throws IOException {
    var folder = name.contains("/") ? name : "models/" + name;
    var url = Objects.requireNonNull(SessionPoolTest.class.getResource("/golden/" + folder));
    try {
      return LoadedModel.open(Path.of(url.toURI()), memory);
    } catch (URISyntaxException impossible) {
      throw new AssertionError(impossible);
    }
  }

  private SessionPool pool(LoadedModel model, KeyValueLimits limits) {
    return new SessionPool(model.decoder(), kernels, memory, limits);
  }

  private int[] text(LoadedModel model, int length) {
    return random.ints(length, 0, model.config().vocabularySize()).toArray();
  }

  private static int[] join(int[] first, int... second) {
    var joined = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, joined, first.length, second.length);
    return joined;
  }

  private static int largest(float[] logits) {
    int best = 0;
    for (int id = 1; id < logits.length; id++) {
      best = logits[id] > logits[best] ? id : best;
    }
    return best;
  }

  /// The logits after a prompt and after each of the greedy tokens that follow.
  private List<float[]> alone(LoadedModel model, int[] prompt, int steps, KeyValueLimits limits) {
    var found = new ArrayList<float[]>();
    try (var pool = pool(model, limits);
        var session = pool.open(prompt.length + steps)) {
      found.add(session.read(prompt));
      for (int step = 0; step < steps; step++) {
        found.add(session.append(largest(found.getLast())).clone());
      }
    }
    return found;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "llama",
        "gpt2",
        "gemma2",
        "mistral-sliding",
        "qwen2",
        "qwen3",
        "families/deepseek-v2",
        "families/deepseek-v3"
      })
  void batchGivesEachSessionItsOwnBits(String name) throws IOException {
    try (var model = open(name)) {
      int context = model.config().context();
      var lengths =
          new int[] {1, 7, 16, 17, Math.min(33, context / 2), 3, Math.min(70, context - 8)};
      for (var type : List.of(DType.FLOAT16, DType.FLOAT32)) {
        var limits = KeyValueLimits.DEFAULTS.withType(type);
        int steps = 5;
        try (var pool = pool(model, limits)) {
          var sessions = new ArrayList<Session>();
          var prompts = new ArrayList<int[]>();
          var expected = new ArrayList<List<float[]>>();
          for (int length : lengths) {
            sessions.add(pool.open(length + steps));
            prompts.add(text(model, length));
            expected.add(alone(model, prompts.getLast(), steps, limits));
          }
          var batch = new SessionBatch();
          for (int i = 0; i < lengths.length; i++) {
            batch.add(sessions.get(i), prompts.get(i));
          }
          for (int step = 0; step <= steps; step++) {
            pool.read(batch);
            batch.clear();
            for (int i = 0; i < lengths.length; i++) {
              float[] logits = sessions.get(i).logits();
              var what = "%s, prompt of %d, step %d, %s".formatted(name, lengths[i], step, type);
              assertArrayEquals(expected.get(i).get(step), logits, what);
              batch.add(sessions.get(i), largest(logits));
            }
          }
          sessions.forEach(Session::close);
          assertEquals(0, pool.keyValueBytes());
        }
      }
    }
  }

  /// The passes of a draft that is verified have the bits of single steps.
  @ParameterizedTest
  @ValueSource(strings = {"llama", "gemma2", "mistral-sliding", "families/deepseek-v3"})
  void severalTokensAtOnceHaveBitsOfSingleSteps(String name) throws IOException {
    try (var model = open(name);
        var pool = pool(model, KeyValueLimits.DEFAULTS)) {
      int[] prompt = text(model, 20);
      int[] draft = text(model, 9);
      try (var steps = pool.open(40);
          var together = pool.open(40)) {
        steps.read(prompt);
        together.read(prompt);
        var expected = new ArrayList<float[]>();
        for (int id : draft) {
          expected.add(steps.append(id).clone());
        }
        together.read(
            draft,
            any -> true,
            (position, row) -> assertArrayEquals(expected.get(position - 20), row, name));
      }
    }
  }

  @Test
  void forksGoOnApartAndSharePages() throws IOException {
    try (var model = open("llama");
        var pool = pool(model, KeyValueLimits.DEFAULTS);
        var first = pool.open(100)) {
      int[] prompt = text(model, 40);
      first.read(prompt);
      long one = pool.keyValueBytes();
      try (var second = first.fork()) {
        assertEquals(one, pool.keyValueBytes());
        float[] ofSecond = second.append(3).clone();
        float[] ofFirst = first.append(4).clone();
        assertTrue(pool.keyValueBytes() < 2 * one, "the full page is shared");
        assertArrayEquals(join(prompt, 3), second.tokens());
        assertArrayEquals(join(prompt, 4), first.tokens());
        try (var fresh = pool.open(100)) {
          fresh.read(prompt);
          assertArrayEquals(fresh.append(3), ofSecond);
          fresh.truncate(40);
          assertArrayEquals(fresh.append(4), ofFirst);
        }
      }
      assertArrayEquals(join(prompt, 4), first.tokens());
    }
  }

  @Test
  void rememberedPromptGivesBitsOfOneThatIsRead() throws IOException {
    try (var model = open("llama")) {
      int[] common = text(model, 67);
      var limits = KeyValueLimits.DEFAULTS.withRememberedBytes(Long.MAX_VALUE);
      try (var pool = pool(model, limits)) {
        try (var first = pool.open(120)) {
          first.read(join(common, text(model, 20)));
        }
        for (int rest : new int[] {1, 7, 16, 17, 40}) {
          int[] prompt = join(common, text(model, rest));
          try (var second = pool.open(120);
              var fresh = pool(model, KeyValueLimits.DEFAULTS);
              var other = fresh.open(120)) {
            int reused = second.rewindTo(prompt);
            assertEquals(prompt.length - 17 >= 64 ? 64 : 32, reused, "rest of " + rest);
            float[] logits = second.read(Arrays.copyOfRange(prompt, reused, prompt.length));
            assertArrayEquals(other.read(prompt), logits, "rest of " + rest);
            assertArrayEquals(other.append(5), second.append(5), "step, rest of " + rest);
          }
        }
      }
    }
  }

  @Test
  void fullPoolForgetsAndThenRefuses() throws IOException {
    try (var model = open("llama")) {
      long page = new KeyValuePages(model.config(), DType.FLOAT16).bytes(1);
      var limits = KeyValueLimits.DEFAULTS.withBytes(3 * page).withRememberedBytes(Long.MAX_VALUE);
      try (var pool = pool(model, limits)) {
        for (int i = 0; i < 5; i++) {
          try (var session = pool.open(120)) {
            session.read(text(model, 96));
            assertEquals(3 * page, pool.keyValueBytes());
          }
        }
        try (var session = pool.open(120)) {
          session.read(text(model, 90));
          var before = session.tokens();
          var full = assertThrows(OutOfTensorMemory.class, () -> session.read(text(model, 7)));
          assertTrue(full.getMessage().contains("keys and values"), full.getMessage());
          assertArrayEquals(before, session.tokens());
          session.append(1);
          assertEquals(91, session.length());
        }
      }
    }
  }

  /// A context of 3,000 tokens, in which a window gives pages back.
  private LoadedModel openLong(String name, Path folder, int window) throws IOException {
    var url = Objects.requireNonNull(SessionPoolTest.class.getResource("/golden/models/" + name));
    try {
      var from = Path.of(url.toURI());
      try (var files = Files.list(from)) {
        for (var file : files.toList()) {
          Files.copy(file, folder.resolve(file.getFileName()));
        }
      }
    } catch (URISyntaxException impossible) {
      throw new AssertionError(impossible);
    }
    var config = folder.resolve("config.json");
    var text = Files.readString(config);
    Files.writeString(
        config,
        text.replaceAll("\"max_position_embeddings\": *\\d+", "\"max_position_embeddings\": 3000")
            .replaceAll("\"sliding_window\": *\\d+", "\"sliding_window\": " + window));
    return LoadedModel.open(folder, memory);
  }

  @Test
  void windowsGiveBackPages(@TempDir Path folder) throws IOException {
    try (var model = openLong("mistral-sliding", folder, 8);
        var pool = pool(model, KeyValueLimits.DEFAULTS.withRememberedBytes(Long.MAX_VALUE));
        var session = pool.open(3000);
        var fresh = pool(model, KeyValueLimits.DEFAULTS);
        var other = fresh.open(3000)) {
      int[] text = text(model, 2000);
      session.read(text);
      float[] expected = other.read(text);
      var pages = new KeyValuePages(model.config(), DType.FLOAT16);
      assertTrue(fresh.keyValueBytes() <= pages.bytes(3000));
      assertTrue(fresh.keyValueBytes() < pages.bytes(32) * 20, "most pages were given back");
      assertArrayEquals(expected, session.logits());
      session.append(1);
      // Far behind the window: read again, then on, in the same blocks.
      session.truncate(512);
      session.read(Arrays.copyOfRange(text, 512, 2000));
      assertArrayEquals(expected, session.logits());
      try (var recalling = pool.open(3000)) {
        int reused = recalling.rewindTo(text);
        assertTrue(reused >= 1024, "reused " + reused);
        assertArrayEquals(expected, recalling.read(Arrays.copyOfRange(text, reused, 2000)));
      }
    }
  }

  @Test
  void windowOfAllIntegersIsNone(@TempDir Path folder) throws IOException {
    try (var model = openLong("mistral-sliding", folder, Integer.MAX_VALUE);
        var pool = pool(model, KeyValueLimits.DEFAULTS);
        var session = pool.open(100)) {
      session.read(text(model, 40));
      session.append(1);
      assertEquals(41, session.length());
    }
  }

  /// What a pass that was stopped had reserved is nobody's, least of all two sessions' at once.
  @Test
  void forkAfterStoppedPassSharesOnlyWhatWasRead() throws IOException {
    try (var model = open("llama");
        var pool = pool(model, KeyValueLimits.DEFAULTS);
        var first = pool.open(120);
        var alone = pool.open(120)) {
      int[] start = text(model, 32);
      int[] one = text(model, 40);
      int[] two = text(model, 40);
      first.read(start);
      long before = pool.keyValueBytes();
      var layers = new int[1];
      assertTrue(first.readUnless(() -> layers[0]++ == 1, one).isEmpty());
      assertEquals(before, pool.keyValueBytes());
      try (var second = first.fork()) {
        first.read(one);
        second.read(two);
        alone.read(start);
        assertArrayEquals(alone.read(one), first.logits());
        alone.truncate(32);
        assertArrayEquals(alone.read(two), second.logits());
      }
    }
  }

  /// Seventy sessions take two passes and mix prompts in.
  @Test
  void manySessionsKeepTheirOwnBits() throws IOException {
    try (var model = open("llama");
        var pool = pool(model, KeyValueLimits.DEFAULTS)) {
      var batch = new SessionBatch();
      var sessions = new ArrayList<Session>();
      var prompts = new ArrayList<int[]>();
      for (int i = 0; i < 70; i++) {
        sessions.add(pool.open(100));
        prompts.add(text(model, 1 + 7 * i % 40));
        batch.add(sessions.getLast(), prompts.getLast());
      }
      pool.read(batch);
      for (int i = 0; i < sessions.size(); i++) {
        float[] expected = alone(model, prompts.get(i), 0, KeyValueLimits.DEFAULTS).getFirst();
        assertArrayEquals(expected, sessions.get(i).logits(), "session " + i);
        sessions.get(i).close();
      }
    }
  }

  @Test
  void rowsOfLogitsAreUsedAgain() throws IOException {
    try (var model = open("llama");
        var pool = pool(model, KeyValueLimits.DEFAULTS);
        var session = pool.open(40)) {
      int[] text = text(model, 5);
      var expected = new ArrayList<float[]>();
      session.read(text(model, 20));
      session.read(text, any -> true, (position, row) -> expected.add(row));
      session.truncate(20);
      var rows = new float[7][0];
      session.readInto(rows, text, text.length);
      var first = rows.clone();
      session.truncate(20);
      session.readInto(rows, text, text.length);
      for (int i = 0; i < text.length; i++) {
        assertArrayEquals(expected.get(i), rows[i]);
        assertSame(first[i], rows[i]);
      }
    }
  }
}
