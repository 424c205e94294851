package dev.fader.generate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.adapter.AdapterException;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.parallel.Workers;
import dev.fader.model.Decoder;
import dev.fader.model.Golden;
import dev.fader.model.KeyValueLimits;
import dev.fader.model.file.AdapterSource;
import dev.fader.model.file.LoadedModel;
import dev.fader.model.mix.Mix;
import dev.fader.tensor.TensorMemory;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Sequences of one batch that use different adapters, against each alone.
class ChosenAdaptersTest {
  private static final AdapterSource FIRST = source("lora-qv");
  private static final AdapterSource SECOND = source("lora-all-rslora");

  private final TensorMemory memory = TensorMemory.unlimited();
  private final Workers workers = Workers.of(2);
  private final Kernels kernels = Kernels.choose(workers);
  private LoadedModel base;
  private LoadedModel choosing;
  private SessionPool pool;

  @BeforeEach
  void open() throws IOException {
    base = LoadedModel.open(Golden.directory("models/llama"), memory);
    choosing = base.withChoices(List.of(FIRST, SECOND), Mix.NEUTRAL, kernels);
    pool = pool(choosing.decoder());
  }

  @AfterEach
  void close() {
    pool.close();
    choosing.close();
    base.close();
    workers.close();
    assertEquals(List.of(), memory.openArenas());
  }

  private static AdapterSource source(String name) {
    return AdapterSource.of(Golden.directory("adapters/" + name));
  }

  private SessionPool pool(Decoder decoder) {
    return new SessionPool(
        decoder, kernels, memory, KeyValueLimits.DEFAULTS.withRememberedBytes(1 << 20));
  }

  private static int[] text(int seed, int length) {
    var text = new int[length];
    for (int i = 0; i < length; i++) {
      text[i] = Math.floorMod(seed + 29 * i * i + 3 * i, 384);
    }
    return text;
  }

  /// The logits after a prompt and after each of five tokens more, with these adapters alone.
  private List<float[]> alone(List<AdapterSource> adapters, int[] prompt) throws IOException {
    try (var model = base.with(adapters, kernels);
        var own = pool(model.decoder())) {
      var session = own.open(prompt.length + 5);
      var rows = new ArrayList<float[]>();
      rows.add(session.read(prompt));
      for (int token = 0; token < 5; token++) {
        rows.add(session.append(token).clone());
      }
      return rows;
    }
  }

  /// Base and adapters have the same bits beside others as alone, as few rows and as many.
  @ParameterizedTest
  @ValueSource(ints = {3, 16, 40})
  void eachSequenceGetsWhatItGetsAlone(int length) throws IOException {
    var both = List.of(new AdapterSource(FIRST.path(), 0.3f), new AdapterSource(SECOND.path(), -2));
    var expected =
        List.of(
            alone(List.of(), text(1, length)),
            alone(List.of(FIRST), text(2, length)),
            alone(List.of(SECOND), text(3, 7)),
            alone(both, text(4, length)),
            alone(List.of(), text(1, 9)));
    var sessions =
        List.of(
            pool.open(50),
            pool.open(50, 1, 0),
            pool.open(50, 0, 1),
            pool.open(50, 0.3f, -2),
            pool.open(50, 0, 0));
    var texts = List.of(text(1, length), text(2, length), text(3, 7), text(4, length), text(1, 9));
    var batch = new SessionBatch();
    for (int i = 0; i < sessions.size(); i++) {
      batch.add(sessions.get(i), texts.get(i));
    }
    pool.read(batch);
    for (int step = 0; step <= 5; step++) {
      for (int i = 0; i < sessions.size(); i++) {
        assertArrayEquals(
            expected.get(i).get(step), sessions.get(i).logits(), i + " at step " + step);
      }
      batch.clear();
      for (int i = 0; i < sessions.size() && step < 5; i++) {
        batch.add(sessions.get(i), step);
      }
      pool.read(batch);
    }
    assertFalse(Arrays.equals(sessions.get(0).logits(), sessions.get(1).logits()));
  }

  @Test
  void forksChooseTheSame() {
    var session = pool.open(50, 0, 1);
    session.read(text(5, 20));
    var fork = session.fork();
    assertArrayEquals(session.append(3), fork.append(3));
  }

  /// What is remembered of a prompt is that of one choice.
  @Test
  void promptsAreSharedByThoseWhoChooseTheSame() {
    int[] text = text(6, 100);
    try (var first = pool.open(110, 1, 0)) {
      first.read(text);
    }
    assertEquals(0, pool.open(110).rewindTo(text));
    assertEquals(0, pool.open(110, 0, 1).rewindTo(text));
    assertEquals(0, pool.open(110, 1, 0.5f).rewindTo(text));
    var same = pool.open(110, 1, -0f);
    assertEquals(64, same.rewindTo(text));
    var fresh = pool.open(110, 1, 0);
    assertArrayEquals(fresh.read(text), same.read(Arrays.copyOfRange(text, 64, 100)));
  }

  @Test
  void strengthsAreChecked() {
    assertEquals(
        "1 strengths for the 2 adapters that a session chooses from: give one for each, 0 for one"
            + " that is not used",
        assertThrows(IllegalArgumentException.class, () -> pool.open(5, 1)).getMessage());
    assertEquals(
        "the strength of an adapter is Infinity, and must be a finite number",
        assertThrows(IllegalArgumentException.class, () -> pool.open(5, 0, Float.POSITIVE_INFINITY))
            .getMessage());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"dora", "ia3", "loha", "prompt", "p-tuning", "lora-embedding", "trainable-tokens"})
  void othersCannotBeChosen(String name) {
    long bytes = memory.bytes();
    var wrong =
        assertThrows(
            AdapterException.class,
            () -> base.withChoices(List.of(source(name)), Mix.NEUTRAL, kernels).close());
    var message = String.valueOf(wrong.getMessage());
    assertTrue(message.contains("sequences of one batch cannot choose"), message);
    assertEquals(bytes, memory.bytes());
  }
}
