package dev.fader.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

final class TensorFileTest {
  private final TensorArena arena = TensorMemory.unlimited().open("test");

  @TempDir Path directory;

  @AfterEach
  void free() {
    arena.close();
  }

  @Test
  void readReferenceFile() throws Exception {
    Path model = Path.of(TensorFileTest.class.getResource("/golden/models/llama").toURI());
    try (var file = TensorFile.open(model)) {
      assertEquals(30, file.names().size());
      assertEquals("lm_head.weight", file.names().getFirst());
      assertEquals(Shape.of(384, 64), file.get("lm_head.weight").shape());
      assertEquals(StorageType.F32, file.get("lm_head.weight").type());
      assertEquals(Map.of("format", "pt"), file.metadata());
      assertTrue(Float.isFinite(file.tensor("model.norm.weight").get(63)));
    }
  }

  @Test
  void writeQuantizedTensorFails() {
    var tensors = Map.of("q", arena.allocate(DType.Q4_0, Shape.of(1, 32)));
    var refused =
        assertThrows(IllegalArgumentException.class, () -> new SafetensorsContent(tensors));
    assertEquals(
        "tensor 'q' is Q4_0, which a safetensors file cannot hold: convert it to FLOAT32, FLOAT16"
            + " or BFLOAT16, or write a .gguf file",
        refused.getMessage());
  }

  @ParameterizedTest
  @EnumSource(value = DType.class, names = "(FLOAT|BFLOAT|INT).*", mode = EnumSource.Mode.MATCH_ALL)
  void everyDTypeRoundTrips(DType type) throws IOException {
    var tensors = new LinkedHashMap<String, Tensor>();
    for (long size : new long[] {0, 1, 7, 13, 31, 32, 33, 100}) {
      tensors.put("t" + size, counting(type, size));
    }
    tensors.put("scalar", counting(type, 1).reshape());
    tensors.put("matrix", counting(type, 100).reshape(4, 1, 25));
    Path path = write(tensors);
    try (var file = TensorFile.open(path)) {
      assertEquals(tensors.keySet(), Map.copyOf(shapes(file)).keySet());
      for (var entry : tensors.entrySet()) {
        Tensor mapped = file.tensor(entry.getKey());
        assertEquals(type, mapped.type());
        assertEquals(entry.getValue().shape(), mapped.shape());
        assertEquals(-1, mapped.segment().mismatch(entry.getValue().segment()), entry.getKey());
      }
    }
  }

  private static Map<String, Shape> shapes(TensorFile file) {
    var shapes = new LinkedHashMap<String, Shape>();
    file.tensors().forEach(t -> shapes.put(t.name(), t.shape()));
    return shapes;
  }

  @Test
  void bytesDoNotDependOnOrder() throws IOException {
    var forwards = new LinkedHashMap<String, Tensor>();
    forwards.put("a", counting(DType.FLOAT32, 13));
    forwards.put("b", counting(DType.BFLOAT16, 32));
    forwards.put("c", counting(DType.INT8, 7));
    byte[] written = Files.readAllBytes(write(forwards));
    var backwards = new LinkedHashMap<String, Tensor>();
    forwards.sequencedEntrySet().reversed().forEach(e -> backwards.put(e.getKey(), e.getValue()));
    assertArrayEquals(written, Files.readAllBytes(write(backwards)));
  }

  @Test
  void tensorsAreAligned() throws IOException {
    var tensors = new LinkedHashMap<String, Tensor>();
    tensors.put("a", counting(DType.INT8, 1));
    tensors.put("b", counting(DType.FLOAT32, 13));
    tensors.put("c", counting(DType.FLOAT32, 1600));
    tensors.put("d", counting(DType.FLOAT16, 33));
    tensors.put("e", counting(DType.INT8, 128));
    try (var file = TensorFile.open(write(tensors))) {
      for (var stored : file.tensors()) {
        long alignment =
            stored.data().byteSize() % 64 == 0 ? 64 : stored.mapped().type().bytesPerBlock();
        assertEquals(0, stored.data().address() % alignment, stored.name());
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "BOOL, 00 01, 0, 1",
    "U8, 00 ff, 0, 255",
    "I8, 7f 80, 127, -128",
    "F8_E4M3, 38 fe, 1, -448",
    "F8_E4M3, 01 7f, 0.001953125, NaN",
    "F8_E5M2, 3c fb, 1, -57344",
    "F8_E8M0, 7f 80, 1, 2",
    "I16, ff 7f 00 80, 32767, -32768",
    "U16, ff 7f 00 80, 32767, 32768",
    "F16, 00 3c ff fb, 1, -65504",
    "BF16, 80 3f c0 ff, 1, NaN",
    "I32, ff ff ff ff 07 00 00 00, -1, 7",
    "U32, ff ff ff ff 07 00 00 00, 4294967296, 7",
    "F32, 00 00 80 3f 00 00 80 ff, 1, -Infinity",
    "F64, 00 00 00 00 00 00 f0 3f 00 00 00 00 00 00 00 c0, 1, -2",
    "I64, ff ff ff ff ff ff ff ff 07 00 00 00 00 00 00 00, -1, 7",
    "U64, ff ff ff ff ff ff ff ff 07 00 00 00 00 00 00 00, 1.8446744073709552E19, 7",
  })
  void otherTypesAreConverted(String type, String hex, float first, float second)
      throws IOException {
    byte[] data = java.util.HexFormat.ofDelimiter(" ").parseHex(hex);
    Path path =
        raw(
            "{\"t\":{\"dtype\":\"%s\",\"shape\":[2],\"data_offsets\":[0,%d]}}",
            data, type, data.length);
    try (var file = TensorFile.open(path)) {
      Tensor target = arena.floats(2);
      file.get("t").copyTo(target);
      assertArrayEquals(new float[] {first, second}, target.toArray());
    }
  }

  @Test
  void weightsMapOrConvertAndSkipOthers() throws IOException {
    byte[] data = {0, 0, 0, 0, 0, 0, (byte) 0xf0, 0x3f, 0, 0, 0, 0x40, 1};
    Path path =
        raw(
            """
            {"double":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},
             "float":{"dtype":"F32","shape":[1],"data_offsets":[8,12]},
             "mask":{"dtype":"BOOL","shape":[1],"data_offsets":[12,13]}}\
            """,
            data);
    try (var file = TensorFile.open(path)) {
      var weights = file.weights(arena);
      assertEquals(List.of("double", "float"), List.copyOf(weights.keySet()));
      assertEquals(1, Objects.requireNonNull(weights.get("double")).get(0));
      assertEquals(DType.FLOAT32, Objects.requireNonNull(weights.get("double")).type());
      assertEquals(2, Objects.requireNonNull(weights.get("float")).get(0));
      assertEquals(4, arena.bytes());
    }
  }

  @Test
  void unconvertibleTypeIsNamed() throws IOException {
    Path path =
        raw("{\"t\":{\"dtype\":\"C64\",\"shape\":[1],\"data_offsets\":[0,8]}}", new byte[8]);
    try (var file = TensorFile.open(path)) {
      var stored = file.get("t");
      var copied = assertThrows(FormatException.class, () -> stored.copyTo(arena.floats(1)));
      assertEquals(
          path + ": tensor 't': is stored as C64, which cannot be converted to float32",
          copied.getMessage());
      var mapped = assertThrows(FormatException.class, stored::mapped);
      assertEquals(
          path + ": tensor 't': is stored as C64, which cannot be used in place",
          mapped.getMessage());
    }
  }

  @Test
  void copyToOtherShapeFails() throws IOException {
    try (var file = TensorFile.open(write(Map.of("t", counting(DType.FLOAT32, 6).reshape(2, 3))))) {
      var refused =
          assertThrows(FormatException.class, () -> file.get("t").copyTo(arena.floats(3, 2)));
      assertTrue(
          refused.getMessage().endsWith("tensor 't': has shape [2, 3] where [3, 2] is needed"),
          refused.getMessage());
    }
  }

  @Test
  void mappedTensorsAreReadOnlyUntilClose() throws IOException {
    Tensor mapped;
    try (var file = TensorFile.open(write(Map.of("t", counting(DType.FLOAT32, 6))))) {
      mapped = file.tensor("t");
      assertThrows(RuntimeException.class, () -> mapped.set(0, 1));
      assertEquals(0, mapped.get(3));
    }
    assertThrows(IllegalStateException.class, () -> mapped.get(0));
  }

  @Test
  void missingTensorIsNamed() throws IOException {
    try (var file = TensorFile.open(write(Map.of("t", counting(DType.FLOAT32, 6))))) {
      assertFalse(file.find("u").isPresent());
      var missing = assertThrows(FormatException.class, () -> file.tensor("u"));
      assertEquals(file.path() + ": tensor 'u': is missing", missing.getMessage());
      assertEquals("tensor 'u'", missing.field().orElseThrow());
    }
  }

  @Test
  void missingFilesAreNamed() throws IOException {
    assertThrows(NoSuchFileException.class, () -> TensorFile.open(directory.resolve("none")));
    var empty = assertThrows(NoSuchFileException.class, () -> TensorFile.open(directory));
    assertEquals(
        directory + ": it holds neither model.safetensors nor model.safetensors.index.json",
        empty.getMessage());
  }

  @Test
  void shardsOpenAsOne() throws IOException {
    DurableFile.write(
        directory.resolve("a.safetensors"),
        new SafetensorsContent(
            Map.of("x", counting(DType.FLOAT32, 3), "stale", counting(DType.FLOAT32, 1))));
    DurableFile.write(
        directory.resolve("b.safetensors"),
        new SafetensorsContent(
            Map.of("y", counting(DType.FLOAT32, 5), "x", counting(DType.FLOAT32, 4))));
    index("{\"weight_map\":{\"x\":\"a.safetensors\",\"y\":\"b.safetensors\"}}");
    try (var file = TensorFile.open(directory)) {
      assertEquals(List.of("x", "y"), file.names());
      assertEquals(3, file.tensor("x").elements());
      assertEquals(5, file.tensor("y").elements());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"weight_map\":{\"x\":\"../a.safetensors\"}} | places tensor 'x' in '\"../a.safetensors\"', which is not the name of a file in this directory",
        "{\"weight_map\":{\"x\":\"/a.safetensors\"}} | places tensor 'x' in '\"/a.safetensors\"', which is not the name of a file in this directory",
        "{\"weight_map\":{\"x\":\"..\"}} | places tensor 'x' in '\"..\"', which is not the name of a file in this directory",
        "{\"weight_map\":{\"x\":\"d\\\\a\"}} | places tensor 'x' in '\"d\\\\a\"', which is not the name of a file in this directory",
        "{\"weight_map\":{\"x\":7}} | places tensor 'x' in '7', which is not the name of a file in this directory",
        "{\"weight_map\":{\"x\":\"b.safetensors\"}} | names 'b.safetensors', which is missing",
        "{\"weight_map\":{\"z\":\"a.safetensors\"}} | places tensor 'z' in 'a.safetensors', which has no such tensor",
        "{\"weight_map\":[]} | is missing or no JSON object",
        "{} | is missing or no JSON object",
      })
  void mismatchedIndexIsNamedInOneLine(String json, String problem) throws IOException {
    DurableFile.write(
        directory.resolve("a.safetensors"),
        new SafetensorsContent(Map.of("x", counting(DType.FLOAT32, 3))));
    index(json);
    var refused = assertThrows(FormatException.class, () -> TensorFile.open(directory));
    assertEquals(
        directory.resolve("model.safetensors.index.json") + ": weight_map: " + problem,
        refused.getMessage());
  }

  private void index(String json) throws IOException {
    DurableFile.write(directory.resolve("model.safetensors.index.json"), FileContent.of(json));
  }

  private Tensor counting(DType type, long size) {
    Tensor tensor = arena.allocate(type, Shape.of(size));
    for (long i = 0; i < size; i++) {
      tensor.set(i, (float) (i - size / 2));
    }
    return tensor;
  }

  private Path write(Map<String, Tensor> tensors) throws IOException {
    Path path = directory.resolve("t.safetensors");
    DurableFile.write(path, new SafetensorsContent(tensors));
    return path;
  }

  private Path raw(String header, byte[] data, Object... values) throws IOException {
    Path path = directory.resolve("raw.safetensors");
    byte[] json = header.formatted(values).getBytes(StandardCharsets.UTF_8);
    var bytes = ByteBuffer.allocate(8 + json.length + data.length).order(ByteOrder.LITTLE_ENDIAN);
    Files.write(path, bytes.putLong(json.length).put(json).put(data).array());
    return path;
  }
}
