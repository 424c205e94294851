package dev.fader.generate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

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
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class EmbedderTest {
  private static final int TOKENS = 24;

  private final TensorMemory memory = TensorMemory.unlimited();
  private final Workers workers = Workers.of(2);
  private final Kernels kernels = Kernels.choose(workers);
  private final Path directory = directory();
  private LoadedModel model;
  private int[] ids;

  @BeforeEach
  void open() throws IOException {
    model = LoadedModel.open(directory, memory);
    var inputs = json("golden.json").get("input_ids");
    ids = new int[TOKENS];
    for (int i = 0; i < TOKENS; i++) {
      ids[i] = inputs.get(i).intValue();
    }
  }

  @AfterEach
  void close() {
    model.close();
    workers.close();
    assertEquals(List.of(), memory.openArenas());
  }

  private static Path directory() {
    var url = Objects.requireNonNull(EmbedderTest.class.getResource("/golden/models/llama"));
    try {
      return Path.of(url.toURI());
    } catch (URISyntaxException impossible) {
      throw new AssertionError(impossible);
    }
  }

  private JsonNode json(String file) {
    return JsonMapper.shared().readTree(directory.resolve(file).toFile());
  }

  private float[] golden(Pooling pooling) {
    var values = json("states.json").get(pooling.name().toLowerCase(Locale.ROOT));
    var vector = new float[values.size()];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = values.get(i).floatValue();
    }
    return vector;
  }

  private Session session(int capacity) {
    var limits = KeyValueLimits.DEFAULTS.withType(DType.FLOAT32);
    return new Session(new SessionPool(model.decoder(), kernels, memory, limits), capacity);
  }

  /// States are of size 1 after the last norm, and float32 through three layers keeps five digits.
  @ParameterizedTest
  @EnumSource
  void embeddingsMatchReference(Pooling pooling) {
    try (var session = session(TOKENS)) {
      var embedder = new Embedder(session, pooling, false);
      assertArrayEquals(golden(pooling), embedder.embed(ids), 1e-4f);
      assertArrayEquals(golden(pooling), embedder.embed(ids), 1e-4f, "the second text is as free");
    }
  }

  @Test
  void stopsBetweenLayers() {
    try (var session = session(TOKENS)) {
      var embedder = new Embedder(session, Pooling.MEAN, false);
      int[] asked = {0};
      assertEquals(Optional.empty(), embedder.embedUnless(() -> ++asked[0] > 2, ids));
      assertEquals(3, asked[0], "which is before each layer");
      assertArrayEquals(golden(Pooling.MEAN), embedder.embed(ids), 1e-4f, "the next is whole");
    }
  }

  @Test
  void normalizedVectorsHaveLengthOne() {
    try (var session = session(TOKENS)) {
      var unit = new Embedder(session, Pooling.MEAN, true).embed(ids);
      var mean = golden(Pooling.MEAN);
      double length = 0;
      for (float value : mean) {
        length += value * value;
      }
      for (int i = 0; i < mean.length; i++) {
        mean[i] = (float) (mean[i] / Math.sqrt(length));
      }
      assertArrayEquals(mean, unit, 1e-4f);
    }
  }

  @Test
  void shortenedVectorsHaveLengthOneAgain() {
    float[] vector = {3, 4, 12, 0};
    assertArrayEquals(new float[] {0.6f, 0.8f}, Embedder.shortened(vector, 2), 1e-7f);
    assertArrayEquals(new float[] {1}, Embedder.shortened(vector, 1), 0);
    assertArrayEquals(vector, Embedder.shortened(vector, 4), 0, "all of it stays as it is");
    assertArrayEquals(new float[] {0, 0}, Embedder.shortened(new float[] {0, 0, 1}, 2), 0);
    for (int wrong : new int[] {-1, 0, 5}) {
      var refused =
          assertThrows(IllegalArgumentException.class, () -> Embedder.shortened(vector, wrong));
      assertEquals(
          "`dimensions` is " + wrong + ", and must be from 1 to the model's 4",
          refused.getMessage());
    }
  }

  @Test
  void textLongerThanContextIsRefused() {
    try (var session = session(TOKENS - 1)) {
      var embedder = new Embedder(session, Pooling.MEAN, true);
      var refused = assertThrows(ContextFullException.class, () -> embedder.embed(ids));
      assertEquals(
          new ContextFullException(TOKENS, 0, TOKENS - 1).getMessage(), refused.getMessage());
    }
  }
}
