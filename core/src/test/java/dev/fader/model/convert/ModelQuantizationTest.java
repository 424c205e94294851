package dev.fader.model.convert;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.format.DurableFile;
import dev.fader.format.FormatException;
import dev.fader.format.GgufContent;
import dev.fader.format.GgufFile;
import dev.fader.format.GgufMetadataBuilder;
import dev.fader.format.TensorContent;
import dev.fader.kernel.parallel.Workers;
import dev.fader.tensor.DType;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelQuantizationTest {
  private static final String NAME = "blk.0.ffn_up.weight";

  @TempDir private Path folder;

  private final TensorArena arena = TensorMemory.unlimited().open("test");

  @AfterEach
  void close() {
    arena.close();
  }

  private Tensor random(long... shape) {
    var random = new Random(12);
    var tensor = arena.floats(shape);
    for (long i = 0; i < tensor.elements(); i++) {
      tensor.set(i, (float) random.nextGaussian());
    }
    return tensor;
  }

  private Path model(Tensor matrix) throws IOException {
    var fields =
        new GgufMetadataBuilder()
            .text("general.architecture", "llama")
            .uint32("llama.block_count", 1)
            .uint32("general.file_type", 0)
            .strings("tokenizer.ggml.tokens", List.of("a", "b"))
            .text("tokenizer.chat_template", "{{ messages }}")
            .strings("tokenizer.chat_templates", List.of("tools"))
            .text("tokenizer.chat_template.tools", "{{ tools }}");
    Path path = folder.resolve("in.gguf");
    DurableFile.write(
        path,
        new GgufContent(
            fields,
            List.of(
                TensorContent.of("blk.0.ffn_norm.weight", random(256)),
                TensorContent.of(NAME, matrix))));
    return path;
  }

  private List<ModelQuantization.Result> quantize(QuantizationMix mix, Path in, int threads)
      throws IOException {
    try (var workers = Workers.of(threads)) {
      return new ModelQuantization(mix, workers, (done, total) -> {})
          .run(in, folder.resolve("out.gguf"));
    }
  }

  @Test
  void reportedErrorsAreExactAndOthersCopied() throws IOException {
    var matrix = random(300, 256);
    var in = model(matrix);
    var results = quantize(QuantizationMix.Q4_K_S, in, 2);
    assertEquals(DType.FLOAT32, results.get(0).to());
    assertEquals(0, results.get(0).rootMeanSquareError());
    assertEquals(DType.Q4_K, results.get(1).to());
    try (var file = GgufFile.open(folder.resolve("out.gguf"));
        var original = GgufFile.open(in)) {
      assertEquals(14, file.metadata().integer("general.file_type").orElseThrow());
      assertEquals(2, file.metadata().integer("general.quantization_version").orElseThrow());
      assertEquals(List.of("a", "b"), file.metadata().texts("tokenizer.ggml.tokens").orElseThrow());
      for (var template : List.of("tokenizer.chat_template", "tokenizer.chat_template.tools")) {
        assertEquals(original.metadata().text(template), file.metadata().text(template));
        assertTrue(file.metadata().text(template).isPresent(), template);
      }
      assertEquals(
          List.of("tools"), file.metadata().texts("tokenizer.chat_templates").orElseThrow());
      assertEquals(
          -1,
          file.tensor("blk.0.ffn_norm.weight")
              .segment()
              .mismatch(original.tensor("blk.0.ffn_norm.weight").segment()));
      float[] expected = arena.allocate(DType.Q4_K, matrix.shape()).copyFrom(matrix).toArray();
      float[] actual = file.tensor(NAME).toArray();
      assertArrayEquals(expected, actual);
      double sum = 0;
      for (int i = 0; i < actual.length; i++) {
        sum += Math.pow((double) matrix.get(i) - actual[i], 2);
      }
      // The same sum in another order.
      assertEquals(Math.sqrt(sum / actual.length), results.get(1).rootMeanSquareError(), 1e-12);
    }
  }

  @Test
  void bytesDoNotDependOnThreads() throws IOException {
    var in = model(random(999, 256));
    byte[] expected = {};
    double error = 0;
    for (int threads : new int[] {1, 2, 5}) {
      var results = quantize(QuantizationMix.Q5_0, in, threads);
      byte[] bytes = Files.readAllBytes(folder.resolve("out.gguf"));
      expected = threads == 1 ? bytes : expected;
      error = threads == 1 ? results.get(1).squaredError() : error;
      assertArrayEquals(expected, bytes);
      assertEquals(error, results.get(1).squaredError());
    }
  }

  @Test
  void progressEndsAtAllElements() throws IOException {
    var in = model(random(64, 256));
    var heard = new ArrayList<Long>();
    try (var workers = Workers.of(1)) {
      new ModelQuantization(
              QuantizationMix.Q8_0,
              workers,
              (done, total) -> {
                assertEquals(65 * 256, total);
                heard.add(done);
              })
          .run(in, folder.resolve("out.gguf"));
    }
    assertEquals(65 * 256, heard.getLast());
    assertEquals(heard.stream().sorted().toList(), heard);
  }

  @Test
  void quantizedTensorIsRefused() throws IOException {
    var in = model(arena.allocate(DType.Q8_0, random(2, 256).shape()));
    var refused =
        assertThrows(FormatException.class, () -> quantize(QuantizationMix.Q4_K_M, in, 1));
    assertEquals(
        in
            + ": tensor 'blk.0.ffn_up.weight': is Q8_0 already, and quantising it again as Q4_K would"
            + " add to its error: start from a file in F32, F16 or BF16, or from a"
            + " directory that this one was converted to",
        refused.getMessage());
    assertFalse(Files.exists(folder.resolve("out.gguf")));
  }

  @Test
  void overflowIsRefusedWithPosition() throws IOException {
    var matrix = random(2, 256);
    matrix.set(300, Float.NaN);
    var in = model(matrix);
    for (var mix : new QuantizationMix[] {QuantizationMix.Q4_K_M, QuantizationMix.F16}) {
      var refused = assertThrows(FormatException.class, () -> quantize(mix, in, 1));
      assertTrue(
          refused.getMessage().startsWith(in + ": tensor 'blk.0.ffn_up.weight': elements "),
          refused.getMessage());
      assertFalse(Files.exists(folder.resolve("out.gguf")));
    }
  }
}
