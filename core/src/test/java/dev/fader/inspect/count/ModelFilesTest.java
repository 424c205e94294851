package dev.fader.inspect.count;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.fader.format.FormatException;
import dev.fader.inspect.count.ParameterCount.Component;
import dev.fader.model.family.HuggingFaceConfig;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.json.JsonMapper;

class ModelFilesTest {
  private static final Path GOLDEN = Path.of("src/test/resources/golden/models");

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({
    "gemma2",
    "gpt2",
    "llama",
    "llama3-tied-rope-scaled",
    "mistral-sliding",
    "qwen2",
    "qwen3"
  })
  void goldenModelsHaveCountsAndShapes(String name) throws IOException {
    var golden =
        JsonMapper.shared().readTree(Files.readString(GOLDEN.resolve(name).resolve("golden.json")));
    var facts = ModelFiles.read(GOLDEN.resolve(name));
    long expected = golden.required("parameter_count").longValue();
    assertEquals(expected, facts.count().trainable());
    assertEquals(expected, facts.count().active());
    assertEquals(4 * facts.count().stored(), facts.bytes().orElseThrow());
    var shapes = golden.required("parameters");
    assertEquals(shapes.size(), facts.count().entries().size());
    for (var entry : facts.count().entries()) {
      assertEquals(
          shapes.required(entry.name()).toString().replace(",", ", "), entry.shape().toString());
    }
  }

  /// Families with experts, latents, sinks and other things that are easily miscounted: the layout
  /// describes as many numbers as the file holds, and names alone give the same.
  @ParameterizedTest
  @CsvSource({"deepseek-v3", "gpt", "gpt-oss", "mixtral", "phi3", "qwen3-moe", "starcoder2"})
  void configAndFileCountsMatch(String name) throws IOException {
    var directory = Path.of("src/test/resources/golden/families").resolve(name);
    var described = ModelFiles.read(directory.resolve("config.json")).count();
    var stored = ModelFiles.read(directory).count();
    assertEquals(described.trainable(), stored.stored());
    assertTrue(described.active() <= described.trainable(), name);
    var lone = folder.resolve("lone.safetensors");
    Files.copy(directory.resolve("model.safetensors"), lone);
    assertEquals(described.trainable(), ModelFiles.read(lone).count().trainable());
  }

  @Test
  void configAloneIsCounted() throws IOException {
    var facts = ModelFiles.read(GOLDEN.resolve("qwen3/config.json"));
    assertEquals(135_760, facts.count().trainable());
    assertTrue(facts.bytes().isEmpty());
  }

  @Test
  void namesAloneAreCounted() throws IOException {
    var lone = folder.resolve("lone.safetensors");
    Files.copy(GOLDEN.resolve("gpt2/model.safetensors"), lone);
    var facts = ModelFiles.read(lone);
    assertEquals(Optional.empty(), facts.config());
    assertEquals(182_848, facts.count().trainable());
    var components = facts.count().components();
    assertEquals(24_576, components.get(Component.TOKEN_EMBEDDING));
    assertEquals(8_192, components.get(Component.POSITIONS));
    assertEquals(3 * 64 * 192, components.get(Component.JOINT));
    assertEquals(2_176, components.get(Component.BIASES), "those of norms are with them");
    assertEquals(3, facts.count().layers().size());
  }

  @Test
  void unknownFamiliesAreCountedByTheirNames() throws IOException {
    Files.copy(GOLDEN.resolve("llama/model.safetensors"), folder.resolve("model.safetensors"));
    Files.writeString(folder.resolve("config.json"), "{\"model_type\": \"llama99\"}");
    assertEquals(141_760, ModelFiles.read(folder).count().trainable());
  }

  @Test
  void ggufFileIsCounted() throws IOException {
    var files = Path.of("").toAbsolutePath().resolve("../../shared/golden/gguf").normalize();
    assumeTrue(Files.isDirectory(files), () -> "skipped: no golden files at " + files);
    var facts = ModelFiles.read(files.resolve("wide256-q4_k_m.gguf"));
    assertEquals(1_443_072, facts.count().trainable());
    assertEquals(256, facts.config().orElseThrow().width());
  }

  /// Seventy billion parameters in a sparse file: only the header is there to be read.
  @Test
  void onlyHeaderIsRead() throws IOException {
    var rows = 70_000_000_000L / 8192;
    var header =
        "{\"model.embed_tokens.weight\":{\"dtype\":\"F8_E4M3\",\"shape\":[%d,8192],\"data_offsets\":[0,%d]}}"
            .formatted(rows, rows * 8192);
    var bytes = header.getBytes(StandardCharsets.UTF_8);
    var path = folder.resolve("large.safetensors");
    try (var file = new RandomAccessFile(path.toFile(), "rw")) {
      file.write(
          ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(bytes.length).array());
      file.write(bytes);
      file.setLength(8 + bytes.length + rows * 8192);
    }
    long start = System.nanoTime();
    assertEquals(rows * 8192, ModelFiles.read(path).count().stored());
    // The second; a read of 70 GB takes far more.
    assertTrue(System.nanoTime() - start < 1_000_000_000L);
  }

  @Test
  void fileThatIsNotAModelIsRefused() throws IOException {
    var text = Files.writeString(folder.resolve("text.txt"), "not a model");
    assertMessage(
        text,
        text + ": is not a model: name a directory, a config.json, a .safetensors or a .gguf file");
    var empty = Files.createDirectory(folder.resolve("empty"));
    assertMessage(
        empty, empty + ": is not a model: it holds neither a config.json nor model.safetensors");
    assertThrows(NoSuchFileException.class, () -> ModelFiles.read(folder.resolve("none")));
  }

  @Test
  void inconsistentConfigIsNamed() throws IOException {
    var file = folder.resolve("config.json");
    var config = Files.readString(GOLDEN.resolve("llama/config.json"));
    Files.writeString(
        file, config.replace("\"num_key_value_heads\": 2", "\"num_key_value_heads\": 3"));
    assertMessage(
        file,
        file + ": 4 query heads cannot be divided among 3 key-value heads: choose a divisor of 4");
  }

  /// A file of a kilobyte may not ask for a billion entries.
  @Test
  void tooManyExpertsAreRefused() throws IOException {
    var file = folder.resolve("config.json");
    var config =
        Files.readString(Path.of("src/test/resources/golden/families/mixtral/config.json"));
    Files.writeString(
        file,
        config.replaceAll("\"num_local_experts\": \\d+", "\"num_local_experts\": 2000000000"));
    int layers = HuggingFaceConfig.read(file).layers();
    assertMessage(
        file,
        file
            + ": 2000000000 experts in each of %d layers are more than are counted: no more than 1000000 in all"
                .formatted(layers));
  }

  @Test
  void tooFewWeightsAreNamed() throws IOException {
    Files.copy(GOLDEN.resolve("llama/model.safetensors"), folder.resolve("model.safetensors"));
    var config = Files.readString(GOLDEN.resolve("llama/config.json"));
    Files.writeString(
        folder.resolve("config.json"),
        config.replace("\"num_hidden_layers\": 3", "\"num_hidden_layers\": 4"));
    assertMessage(
        folder,
        folder
            + ": holds 141760 numbers, and its configuration describes 172608: one of them belongs to"
            + " another model");
  }

  private static void assertMessage(Path path, String message) {
    var thrown = assertThrows(FormatException.class, () -> ModelFiles.read(path));
    assertEquals(message, thrown.getMessage());
  }
}
