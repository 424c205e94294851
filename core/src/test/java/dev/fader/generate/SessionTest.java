package dev.fader.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.kernel.Kernels;
import dev.fader.kernel.parallel.Workers;
import dev.fader.model.KeyValueLimits;
import dev.fader.model.file.LoadedModel;
import dev.fader.tensor.DType;
import dev.fader.tensor.TensorMemory;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What is closed says so, and may be closed again; what cannot be read is refused.
class SessionTest {
  private final TensorMemory memory = TensorMemory.unlimited();
  private final Workers workers = Workers.of(2);
  private final Kernels kernels = Kernels.choose(workers);

  @AfterEach
  void nothingStaysOpen() {
    workers.close();
    workers.close();
    assertEquals(List.of(), memory.openArenas());
    assertEquals(0, memory.bytes());
  }

  private LoadedModel open(String name) throws IOException {
    var url = Objects.requireNonNull(SessionTest.class.getResource("/golden/models/" + name));
    try {
      return LoadedModel.open(Path.of(url.toURI()), memory);
    } catch (URISyntaxException impossible) {
      throw new AssertionError(impossible);
    }
  }

  private SessionPool pool(LoadedModel model, KeyValueLimits limits) {
    return new SessionPool(model.decoder(), kernels, memory, limits);
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama", "gpt2"})
  void readOnClosedSessionThrows(String name) throws IOException {
    try (var model = open(name)) {
      var session = new Session(model.decoder(), kernels, memory, 7);
      session.read(1, 2, 3);
      session.close();
      session.close();
      var closed = assertThrows(IllegalStateException.class, () -> session.read(4));
      assertEquals("the session is closed: open another one to read on", closed.getMessage());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"llama", "gpt2"})
  void readAfterModelCloseThrows(String name) throws IOException {
    var model = open(name);
    try (var session = new Session(model.decoder(), kernels, memory, 7)) {
      session.read(1, 2, 3);
      model.close();
      model.close();
      var closed = assertThrows(IllegalStateException.class, () -> session.read(4));
      assertEquals(
          "the model is closed: open it again, and close it only after its sessions",
          closed.getMessage());
    }
  }

  @Test
  void readerThatReadsInItsPoolIsRefused() throws IOException {
    try (var model = open("llama");
        var pool = pool(model, KeyValueLimits.DEFAULTS);
        var first = pool.open(50);
        var second = pool.open(50)) {
      var refused =
          assertThrows(
              IllegalStateException.class,
              () ->
                  first.read(
                      new int[] {1, 2, 3, 4, 5}, any -> true, (position, row) -> second.append(1)));
      assertEquals(
          "a reader of rows cannot read in the pool that it reads for: keep the rows, and read"
              + " afterwards",
          refused.getMessage());
      second.append(1);
      assertEquals(1, second.length());
    }
  }

  @Test
  void misuseOfBatchIsRefused() throws IOException {
    try (var model = open("llama");
        var pool = pool(model, KeyValueLimits.DEFAULTS);
        var other = pool(model, KeyValueLimits.DEFAULTS.withType(DType.FLOAT32));
        var session = pool.open(50);
        var stranger = other.open(50)) {
      var batch = new SessionBatch();
      batch.add(session, 1);
      batch.add(stranger, 2);
      assertEquals(
          "session 1 of the batch belongs to another pool: read it there",
          assertThrows(IllegalArgumentException.class, () -> pool.read(batch)).getMessage());
      assertEquals(0, session.length());
      batch.clear();
      assertEquals(
          "there are no tokens to read",
          assertThrows(IllegalArgumentException.class, () -> batch.add(session, new int[0]))
              .getMessage());
      batch.add(session, 1);
      pool.read(batch);
      var again = assertThrows(IllegalStateException.class, () -> pool.read(batch));
      assertTrue(again.getMessage().startsWith("these tokens were read already"));
      assertEquals(
          "a session is for at least 1 token, not 0",
          assertThrows(IllegalArgumentException.class, () -> pool.open(0)).getMessage());
    }
  }

  @Test
  void closedSessionTakesNothing() throws IOException {
    try (var model = open("llama");
        var pool = pool(model, KeyValueLimits.DEFAULTS.withRememberedBytes(Long.MAX_VALUE))) {
      int[] prompt = IntStream.range(0, 90).map(i -> i % 31).toArray();
      var session = pool.open(120);
      session.read(prompt);
      session.close();
      assertThrows(IllegalStateException.class, () -> session.rewindTo(prompt));
      assertThrows(IllegalStateException.class, () -> session.truncate(0));
      assertThrows(IllegalStateException.class, session::fork);
    }
  }

  @Test
  void sessionIsInBatchOnce() throws IOException {
    try (var model = open("llama");
        var pool = pool(model, KeyValueLimits.DEFAULTS);
        var session = pool.open(10)) {
      var batch = new SessionBatch();
      batch.add(session, 1);
      var twice = assertThrows(IllegalArgumentException.class, () -> batch.add(session, 2));
      assertEquals(
          "a session reads once in a batch: this one is there as number 0", twice.getMessage());
    }
  }
}
