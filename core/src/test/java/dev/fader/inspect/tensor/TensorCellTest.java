package dev.fader.inspect.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.tensor.DType;
import dev.fader.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TensorCellTest extends TensorFixture {
  @Test
  void aCellIsWhatItsScaleLevelAndMinimumGive() throws IOException {
    var stored = new LinkedHashMap<String, Tensor>();
    for (var type : DType.values()) {
      if (type.isQuantized()) {
        var tensor = empty(type, 3, 512);
        var bytes = new byte[(int) tensor.segment().byteSize()];
        random.nextBytes(bytes);
        tensor.segment().copyFrom(java.lang.foreign.MemorySegment.ofArray(bytes));
        stored.put(type.name(), tensor);
      }
    }
    int checked = 0;
    var path = gguf(stored);
    var all = Files.readAllBytes(path);
    try (var tensors = ModelTensors.open(path)) {
      for (var tensor : tensors.all()) {
        for (int column = 0; column < 512; column += 3) {
          var cell = TensorCell.of(tensor, 1, column);
          assertEquals(stored.get(cell.type()).get(512 + column), cell.value());
          var bytes = HexFormat.of().parseHex(cell.bytes());
          for (int i = 0; i < bytes.length; i++) {
            assertEquals(all[(int) cell.offset() + i], bytes[i]);
          }
          var block = cell.block().orElseThrow();
          assertEquals((512 + column) / block.elements(), block.number());
          assertEquals((512 + column) % block.elements(), block.index());
          if (Float.isFinite(cell.value()) && !Double.isNaN(block.level())) {
            // As it is computed, in float32.
            float value = block.scale() * (float) block.level() - block.minimum();
            assertEquals(
                cell.value(),
                value,
                2 * Math.ulp(Math.max(Math.abs(cell.value()), Math.abs(block.minimum()))),
                cell + ", seed " + SEED);
            checked++;
          }
        }
      }
    }
    assertTrue(checked > 24 * 100, "checked " + checked);
  }

  @Test
  void codesAreWhatTheBlockHolds() throws IOException {
    var numbers = new float[32];
    for (int i = 0; i < 32; i++) {
      numbers[i] = i % 16 - 8;
    }
    var path = gguf(Map.of("w", tensor(DType.Q4_0, numbers, 1, 32)));
    try (var tensors = ModelTensors.open(path)) {
      var cell = TensorCell.of(tensors.find("w").orElseThrow(), 0, 3);
      var block = cell.block().orElseThrow();
      assertEquals(-5, cell.value());
      assertEquals(1, block.scale());
      assertEquals(-5, block.level());
      assertEquals(3, block.code());
    }
  }

  @Test
  void slicesAreDecoded() throws IOException {
    var numbers = normal(7 * 13, 0, 1);
    var path = safetensors(Map.of("w", tensor(DType.FLOAT32, numbers, 7, 13)));
    try (var tensors = ModelTensors.open(path)) {
      var slice =
          TensorSlice.of(
              tensors.find("w").orElseThrow(),
              new TensorSlice.Range(5, 7),
              new TensorSlice.Range(11, 13));
      assertEquals(
          List.of(List.of(numbers[76], numbers[77]), List.of(numbers[89], numbers[90])),
          slice.values());
    }
  }

  @Test
  void whatIsOutsideIsTold() throws IOException {
    var path =
        safetensors(Map.of("layers.0.q_proj", tensor(DType.FLOAT32, normal(91, 0, 1), 7, 13)));
    try (var tensors = ModelTensors.open(path)) {
      var tensor = tensors.find("layers.0.q_proj").orElseThrow();
      assertEquals(
          "'layers.0.q_proj' has no row 7: its shape is [7, 13], which is 7 rows and 13 columns, counted from 0",
          assertThrows(IndexOutOfBoundsException.class, () -> TensorCell.of(tensor, 7, 0))
              .getMessage());
      var one = new TensorSlice.Range(0, 1);
      assertEquals(
          "'layers.0.q_proj' has no column 13: its shape is [7, 13], which is 7 rows and 13 columns, counted from 0",
          assertThrows(
                  IndexOutOfBoundsException.class,
                  () -> TensorSlice.of(tensor, one, new TensorSlice.Range(12, 14)))
              .getMessage());
      assertEquals(
          "rows 3:3 are none: the end must be greater than the start",
          assertThrows(
                  IllegalArgumentException.class,
                  () -> TensorSlice.of(tensor, new TensorSlice.Range(3, 3), one))
              .getMessage());
      assertEquals(
          "no tensor is called 'layers.0.k_proj'; the nearest are 'layers.0.q_proj'",
          assertThrows(IllegalArgumentException.class, () -> tensors.matching("layers.0.k_proj"))
              .getMessage());
      assertEquals(1, tensors.matching("q_proj").size());
      assertEquals(
          "no tensor is called '%s...'".formatted("a".repeat(100)),
          assertThrows(IllegalArgumentException.class, () -> tensors.matching("a".repeat(1 << 20)))
              .getMessage());
    }
  }

  @Test
  void patternsMatchPartsOfNames() {
    assertTrue(new TensorPattern("q_proj").matches("model.layers.3.self_attn.q_proj.weight"));
    assertTrue(new TensorPattern("layers.3").matches("model.layers.3.self_attn.q_proj.weight"));
    assertFalse(new TensorPattern("layers.3").matches("model.layers.31.self_attn.q_proj.weight"));
    assertFalse(new TensorPattern("proj").matches("model.layers.3.self_attn.q_proj.weight"));
    assertTrue(new TensorPattern("*proj*").matches("model.layers.3.self_attn.q_proj.weight"));
    assertTrue(new TensorPattern("layers.*.mlp").matches("model.layers.3.mlp.up_proj.weight"));
    assertTrue(new TensorPattern("*").matches(""));
    assertFalse(new TensorPattern("a*a*a*a*a*a*b").matches("a".repeat(5000)));
    assertFalse(new TensorPattern("a*a*a*a*a*a*b").matches("a.".repeat(5000)));
    assertFalse(new TensorPattern("*".repeat(200) + "b").matches("a.".repeat(5000)));
    assertFalse(new TensorPattern("").matches("a.b"));
    assertTrue(new TensorPattern("b.weight").matches("a.b.weight"));
    assertFalse(new TensorPattern("b.weigh").matches("a.b.weight"));
    assertTrue(new TensorPattern("*eigh*").matches("a.b.weight"));
    assertTrue(new TensorPattern("a.b.").matches("a.b."));
  }
}
