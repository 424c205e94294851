package dev.fader.generate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.kernel.Kernels;
import dev.fader.kernel.parallel.Workers;
import dev.fader.model.Decoder;
import dev.fader.model.Golden;
import dev.fader.model.KeyValueLimits;
import dev.fader.model.adapter.AdapterDirectory;
import dev.fader.model.file.LoadedModel;
import dev.fader.tensor.DType;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Sessions of a model with virtual tokens of peft's prompt tuning and P-tuning.
class VirtualTokensTest {
  private static final int VIRTUAL = 5; // of the adapter "prompt"
  private static final int CONTEXT = 128 - VIRTUAL;

  /// Both sides compute in float32; logits are of size 1.
  private static final double TOLERANCE = 1e-4;

  private final TensorMemory memory = TensorMemory.unlimited();
  private final Workers workers = Workers.of(2);
  private final Kernels kernels = Kernels.choose(workers);
  private LoadedModel model;
  private TensorArena own;
  private Decoder decoder;
  private SessionPool pool;

  @BeforeEach
  void open() throws IOException {
    model = LoadedModel.open(Golden.directory("models/llama"), memory);
    own = memory.open("adapter");
    decoder = with("prompt");
    pool = pool(decoder, kernels);
  }

  @AfterEach
  void close() {
    pool.close();
    own.close();
    model.close();
    workers.close();
    assertEquals(List.of(), memory.openArenas());
  }

  private Decoder with(String adapter) throws IOException {
    var directory = Golden.directory("adapters/" + adapter);
    var loaded = AdapterDirectory.read(directory, model.decoder().parameters(), own);
    return model.decoder().with(List.of(loaded.adapter()), kernels, own);
  }

  private SessionPool pool(Decoder of, Kernels by) {
    var limits = KeyValueLimits.DEFAULTS.withType(DType.FLOAT32).withRememberedBytes(1 << 20);
    return new SessionPool(of, by, memory, limits);
  }

  private static int[] text(int seed, int length) {
    var text = new int[length];
    for (int i = 0; i < length; i++) {
      text[i] = Math.floorMod(seed + 31 * i * i + 7 * i, 384);
    }
    return text;
  }

  @ParameterizedTest
  @CsvSource({
    "prompt, 24",
    "prompt, 1",
    "prompt, 3",
    "p-tuning, 24",
    "p-tuning, 1",
    "p-tuning, 7",
    "prefix-llama, 24",
    "prefix-llama, 1",
    "prefix-llama, 7"
  })
  void logitsMatchPeft(String adapter, int atOnce) throws IOException {
    var golden = Golden.json(Golden.directory("adapters/" + adapter).resolve("golden.json"));
    int[] ids = Golden.ints(golden.get("input_ids"));
    try (var some = pool(with(adapter), kernels);
        var scalar = pool(with(adapter), Kernels.scalar(workers))) {
      for (var one : List.of(some, scalar)) {
        var session = one.open(ids.length);
        for (int from = 0; from < ids.length; from += atOnce) {
          session.read(Arrays.copyOfRange(ids, from, Math.min(ids.length, from + atOnce)));
        }
        for (int id = 0; id < session.logits().length; id++) {
          double expected = golden.get("last_logits").get(id).doubleValue();
          assertEquals(expected, session.logits()[id], TOLERANCE, "token " + id);
        }
      }
    }
  }

  @Test
  void theyAreNoTokensOfTheSession() {
    var session = pool.open(10);
    assertEquals(0, session.length());
    var positions = new ArrayList<Integer>();
    session.read(text(3, 4), position -> true, (position, row) -> positions.add(position));
    session.readStates(text(5, 2), position -> true, (position, row) -> positions.add(position));
    session.append(9);
    assertEquals(List.of(0, 1, 2, 3, 4, 5), positions);
    assertEquals(7, session.length());
    int[] expected = Arrays.copyOf(text(3, 4), 7);
    System.arraycopy(text(5, 2), 0, expected, 4, 2);
    expected[6] = 9;
    assertArrayEquals(expected, session.tokens());
    assertThrows(IllegalArgumentException.class, () -> session.append(384));
    assertThrows(IllegalArgumentException.class, () -> session.truncate(8));
    session.read(1, 2, 3);
    assertThrows(ContextFullException.class, () -> session.append(1));
  }

  @Test
  void theContextOfATextIsWhatTheyLeave() {
    assertEquals(CONTEXT, decoder.config().context());
    var wrong =
        assertThrows(IllegalArgumentException.class, () -> pool.open(CONTEXT + 1)).getMessage();
    assertTrue(wrong.contains("this one has " + CONTEXT), wrong);
    var session = pool.open(CONTEXT);
    session.read(text(1, CONTEXT));
    assertEquals(CONTEXT, session.length());
    assertThrows(ContextFullException.class, () -> session.append(1));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 7, 40, 90})
  void truncatedTextsGoOnAsTheyWould(int kept) {
    int[] text = text(11, 100);
    var fresh = pool.open(CONTEXT);
    var session = pool.open(CONTEXT);
    session.read(text);
    session.truncate(kept);
    assertEquals(kept, session.length());
    int[] rest = text(23, 9);
    if (kept > 0) {
      fresh.read(text);
      fresh.truncate(kept);
    }
    assertArrayEquals(fresh.read(rest), session.read(rest));
    var fork = session.fork();
    assertArrayEquals(session.tokens(), fork.tokens());
    assertArrayEquals(session.append(17), fork.append(17));
    int[] whole = Arrays.copyOf(Arrays.copyOf(text, kept), kept + 10);
    System.arraycopy(rest, 0, whole, kept, 9);
    whole[kept + 9] = 17;
    // Few rows and many have other last bits.
    assertArrayEquals(pool.open(CONTEXT).read(whole), fork.logits(), 1e-5f);
  }

  @ParameterizedTest
  @ValueSource(ints = {20, 90, 110})
  void commonPrefixesAreNotReadAgain(int same) {
    int[] first = text(11, 115);
    int[] second = Arrays.copyOf(first, 118);
    Arrays.setAll(second, i -> i < same ? first[Math.min(i, 114)] : (i * 5) % 384);
    float[] expected = pool(second);
    var session = pool.open(CONTEXT);
    session.read(first);
    int kept = session.rewindTo(second);
    assertTrue(kept <= same && kept >= Math.min(same, 118 - 17), kept + " tokens");
    assertArrayEquals(Arrays.copyOf(second, kept), session.tokens());
    assertArrayEquals(expected, session.read(Arrays.copyOfRange(second, kept, 118)));
  }

  /// The logits after a text, in a pool of its own.
  private float[] pool(int[] text) {
    try (var other = pool(decoder, kernels)) {
      return other.open(text.length).read(text);
    }
  }

  @Test
  void anotherSessionBeginsWithWhatIsRemembered() {
    int[] text = text(11, 100);
    try (var first = pool.open(CONTEXT)) {
      first.read(text);
    }
    var second = pool.open(CONTEXT);
    int kept = second.rewindTo(text);
    assertEquals(64 - VIRTUAL, kept); // two pages, cut before the last few tokens
    assertArrayEquals(Arrays.copyOf(text, kept), second.tokens());
    assertArrayEquals(pool(text), second.read(Arrays.copyOfRange(text, kept, 100)));
  }

  @Test
  void batchesGiveWhatEachGetsAlone() {
    var sessions = List.of(pool.open(60), pool.open(60), pool.open(60));
    var texts = List.of(text(1, 3), text(2, 40), text(3, 14));
    var batch = new SessionBatch();
    for (int i = 0; i < 3; i++) {
      batch.add(sessions.get(i), texts.get(i));
    }
    pool.read(batch);
    for (int i = 0; i < 3; i++) {
      assertArrayEquals(pool(texts.get(i)), sessions.get(i).logits());
    }
  }

  @Test
  void draftsLeaveGreedyTextAsItIs() {
    var settings =
        new GenerationSettings(60, List.of(), List.of(), SamplerSettings.DEFAULTS.greedy());
    int[] prompt = {5, 6, 7, 5, 6};
    var session = pool.open(CONTEXT);
    var plain = new Generator(session, Optional.empty(), settings).generate(prompt, text -> {});
    session.truncate(0);
    var drafter = Optional.<Drafter>of(new NgramDrafter(6, 3, 1));
    var drafted =
        new Generator(session, Optional.empty(), settings, drafter).generate(prompt, text -> {});
    assertEquals(plain.ids(), drafted.ids());
    assertTrue(plain.ids().stream().allMatch(id -> id < 384));
    assertTrue(drafted.acceptance().orElseThrow().accepted() > 0);
  }

  @Test
  void embeddingsAreOfTheTextAlone() {
    int[] text = text(4, 20);
    var mean = new double[64];
    pool.open(20)
        .readStates(
            text,
            position -> true,
            (position, row) -> {
              for (int i = 0; i < 64; i++) {
                mean[i] += row[i] / 20;
              }
            });
    float[] embedded = new Embedder(pool.open(20), Pooling.MEAN, false).embed(text);
    for (int i = 0; i < 64; i++) {
      assertEquals(mean[i], embedded[i], 1e-6);
    }
  }

  @Test
  void closedAdaptersAreNotRead() {
    var session = pool.open(4);
    own.close();
    var wrong = assertThrows(IllegalStateException.class, () -> session.append(1)).getMessage();
    assertTrue(wrong.contains("adapters are closed: open them again"), wrong);
  }
}
