package dev.fader.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.fader.kernel.Kernels;
import dev.fader.kernel.parallel.Workers;
import dev.fader.model.file.LoadedModel;
import dev.fader.tensor.TensorMemory;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What is closed says so, and may be closed again.
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
}
