package dev.fader.generate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.fader.kernel.Kernels;
import dev.fader.kernel.parallel.Workers;
import dev.fader.model.Golden;
import dev.fader.model.KeyValueLimits;
import dev.fader.model.file.AdapterSource;
import dev.fader.model.file.LoadedModel;
import dev.fader.model.mix.Mix;
import dev.fader.tensor.DType;
import dev.fader.tensor.TensorMemory;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Sessions of an adapter that acts behind its invocation, 246 and 105 (`golden/adapters/alora`).
class InvokedAdapterTest {
  private static final AdapterSource ADAPTER = AdapterSource.of(Golden.directory("adapters/alora"));
  private static final KeyValueLimits LIMITS = KeyValueLimits.DEFAULTS.withType(DType.FLOAT32);

  /// Invoked at 3 and at 23, where the last is what counts for tokens that are read together.
  private static final int[] TEXT = text();

  private final TensorMemory memory = TensorMemory.unlimited();
  private final Workers workers = Workers.of(2);
  private final Kernels kernels = Kernels.choose(workers);

  @AfterEach
  void nothingStaysOpen() {
    workers.close();
    assertEquals(List.of(), memory.openArenas());
  }

  private static int[] text() {
    var text = new int[40];
    Arrays.setAll(text, i -> (i * 37 + 11) % 300);
    text[3] = 246;
    text[4] = 105;
    text[23] = 246;
    text[24] = 105;
    return text;
  }

  private interface Use {
    void with(SessionPool pool);
  }

  private void on(LoadedModel model, Use use) {
    try (var pool = new SessionPool(model.decoder(), kernels, memory, LIMITS)) {
      use.with(pool);
    }
  }

  private void with(Use adapted, Use plain) throws IOException {
    try (var base = LoadedModel.open(Golden.directory("models/llama"), memory);
        var model = base.with(List.of(ADAPTER), kernels)) {
      on(base, plain);
      on(model, adapted);
    }
  }

  private static float[][] logits(Session session, int... tokens) {
    var rows = new float[session.length() + tokens.length][];
    session.read(tokens, position -> true, (position, row) -> rows[position] = row.clone());
    return Arrays.copyOfRange(rows, session.length() - tokens.length, session.length());
  }

  @Test
  void peftsLogitsComeFromSessions() throws IOException {
    var golden = Golden.json(Golden.directory("adapters/alora").resolve("golden.json"));
    var ids = Golden.ints(golden.get("input_ids"));
    with(
        pool -> {
          try (var session = pool.open(ids.length)) {
            float[] found = session.read(ids);
            for (int i = 0; i < found.length; i++) {
              assertEquals(golden.get("last_logits").get(i).doubleValue(), found[i], 1e-4);
            }
          }
        },
        pool -> {});
  }

  /// Before the last invocation, and without one, all is as in the model alone, to the bit.
  @Test
  void whatStandsBeforeTheLastInvocationIsTheModels() throws IOException {
    var plain = new float[1][][];
    var single = new float[5][];
    with(
        pool -> {
          try (var session = pool.open(40);
              var uninvoked = pool.open(40)) {
            var found = logits(session, TEXT);
            for (int i = 0; i < 40; i++) {
              assertEquals(i < 23, Arrays.equals(plain[0][i], found[i]), "token " + i);
            }
            for (int i = 0; i < 4; i++) {
              assertArrayEquals(single[i], uninvoked.append(TEXT[i]), "token " + i);
            }
            // It is complete only now: the token before stays as it was read.
            assertFalse(Arrays.equals(single[4], uninvoked.append(TEXT[4])));
          }
        },
        pool -> {
          try (var session = pool.open(40)) {
            plain[0] = logits(session, TEXT);
          }
          try (var session = pool.open(40)) {
            for (int i = 0; i < 5; i++) {
              single[i] = session.append(TEXT[i]).clone();
            }
          }
        });
  }

  /// The invocation may come later; drafts that are verified at once have the bits of single steps.
  @Test
  void aLaterAppendInvokes() throws IOException {
    with(
        pool -> {
          try (var single = pool.open(40);
              var atOnce = pool.open(40)) {
            int[] prompt = Arrays.copyOfRange(TEXT, 5, 20);
            single.read(prompt);
            atOnce.read(prompt);
            int[] draft = {7, 246, 105, 9, 11};
            var rows = new float[draft.length][0];
            atOnce.readInto(rows, draft, draft.length);
            for (int i = 0; i < draft.length; i++) {
              assertArrayEquals(single.append(draft[i]), rows[i], "token " + i);
            }
          }
        },
        pool -> {});
  }

  /// What was read behind an invocation is read again where a text has another one.
  @Test
  void aTextThatGoesOnIsWhatItIsAlone() throws IOException {
    with(
        pool -> {
          try (var session = pool.open(40);
              var alone = pool.open(40)) {
            session.read(Arrays.copyOf(TEXT, 20));
            assertEquals(3, session.rewindTo(TEXT));
            var rest = logits(session, Arrays.copyOfRange(TEXT, 3, 40));
            assertArrayEquals(alone.read(TEXT), rest[36], 1e-5f);
          }
        },
        pool -> {});
  }

  /// One sequence uses it, one at half, one not, in one batch.
  @Test
  void sequencesOfABatchChooseIt() throws IOException {
    try (var base = LoadedModel.open(Golden.directory("models/llama"), memory);
        var all = base.with(List.of(ADAPTER), kernels);
        var model = base.withChoices(List.of(ADAPTER), Mix.NEUTRAL, kernels);
        var plainPool = new SessionPool(base.decoder(), kernels, memory, LIMITS);
        var allPool = new SessionPool(all.decoder(), kernels, memory, LIMITS);
        var pool = new SessionPool(model.decoder(), kernels, memory, LIMITS);
        var without = pool.open(41, 0);
        var with = pool.open(41, 1);
        var plain = plainPool.open(41);
        var invoked = allPool.open(41)) {
      var batch = new SessionBatch();
      batch.add(without, TEXT);
      batch.add(with, TEXT);
      pool.read(batch);
      assertArrayEquals(plain.read(TEXT), without.logits());
      assertArrayEquals(invoked.read(TEXT), with.logits());
      batch.clear();
      batch.add(without, 5);
      batch.add(with, 5);
      pool.read(batch);
      assertArrayEquals(plain.append(5), without.logits());
      assertArrayEquals(invoked.append(5), with.logits());
    }
  }
}
