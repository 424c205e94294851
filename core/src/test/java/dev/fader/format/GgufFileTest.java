package dev.fader.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class GgufFileTest {
  @TempDir Path directory;

  private Path write(String name, GgufBytes bytes) throws IOException {
    return Files.write(directory.resolve(name), bytes.bytes());
  }

  /// One value of each type, one array of each kind, two tensors.
  static GgufBytes everyType(int version) {
    return GgufBytes.begin(version, 2, 17)
        .key("u8", GgufValueType.UINT8)
        .raw((byte) 200)
        .key("i8", GgufValueType.INT8)
        .raw((byte) -100)
        .key("u16", GgufValueType.UINT16)
        .raw((byte) 0xff, (byte) 0xff)
        .key("i16", GgufValueType.INT16)
        .raw((byte) 0xfe, (byte) 0xff)
        .key("u32", GgufValueType.UINT32)
        .int32(-1)
        .key("i32", GgufValueType.INT32)
        .int32(-7)
        .key("f32", GgufValueType.FLOAT32)
        .float32(0.25f)
        .key("bool", GgufValueType.BOOL)
        .raw((byte) 1)
        .key("text", GgufValueType.STRING)
        .string("Käse 🧀")
        .key("u64", GgufValueType.UINT64)
        .int64(-1)
        .key("i64", GgufValueType.INT64)
        .int64(-9)
        .key("f64", GgufValueType.FLOAT64)
        .int64(Double.doubleToRawLongBits(0.1))
        .array("texts", GgufValueType.STRING, 3)
        .string("")
        .string("é")
        .string("a long enough text")
        .array("ints", GgufValueType.INT32, 2)
        .int32(1)
        .int32(-1)
        .array("flags", GgufValueType.BOOL, 2)
        .raw((byte) 0, (byte) 3)
        .array("reals", GgufValueType.FLOAT32, 1)
        .float32(-0.5f)
        .array("nested", GgufValueType.ARRAY, 2)
        .int32(GgufValueType.UINT8.id())
        .int64(1)
        .raw((byte) 9)
        .int32(GgufValueType.STRING.id())
        .int64(1)
        .string("x")
        .tensor("a.weight", 0, 0, 3, 2)
        .tensor("é", 1, 32, 1)
        .align(32)
        .raw(new byte[24])
        .align(32)
        .raw(new byte[2]);
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3})
  void readValuesOfEveryType(int version) throws IOException {
    try (var file = GgufFile.open(write("x.gguf", everyType(version)))) {
      var metadata = file.metadata();
      assertEquals(17, metadata.keys().size());
      assertEquals("u8", metadata.keys().getFirst());
      assertEquals(200, metadata.integer("u8").orElseThrow());
      assertEquals(-100, metadata.integer("i8").orElseThrow());
      assertEquals(65535, metadata.integer("u16").orElseThrow());
      assertEquals(-2, metadata.integer("i16").orElseThrow());
      assertEquals(4294967295L, metadata.integer("u32").orElseThrow());
      assertEquals(-7, metadata.number("i32").orElseThrow());
      assertEquals(0.25, metadata.number("f32").orElseThrow());
      assertEquals(Optional.of(true), metadata.flag("bool"));
      assertEquals(Optional.of("Käse 🧀"), metadata.text("text"));
      assertEquals(-9, metadata.integer("i64").orElseThrow());
      assertEquals(0.1, metadata.number("f64").orElseThrow());
      assertEquals(List.of("", "é", "a long enough text"), metadata.texts("texts").orElseThrow());
      assertArrayEquals(new int[] {1, -1}, metadata.integers("ints").orElseThrow());
      assertArrayEquals(new int[] {0, 1}, metadata.integers("flags").orElseThrow());
      assertArrayEquals(new float[] {-0.5f}, metadata.numbers("reals").orElseThrow());
      assertEquals(Optional.of(GgufValueType.ARRAY), metadata.type("nested"));
      assertEquals(OptionalLong.empty(), metadata.integer("missing"));
      assertEquals(Optional.empty(), metadata.texts("missing"));
    }
  }

  @Test
  void tensorDimensionsAreOutermostFirst() throws IOException {
    try (var file = GgufFile.open(write("x.gguf", everyType(3)))) {
      assertEquals(List.of("a.weight", "é"), file.names());
      assertEquals(Shape.of(2, 3), file.get("a.weight").shape());
      assertEquals(DType.FLOAT16, file.tensor("é").type());
      assertTrue(file.tensor("é").segment().isReadOnly());
      assertEquals(List.of("a.weight", "é"), List.copyOf(file.weights().keySet()));
      var missing = assertThrows(FormatException.class, () -> file.get("b"));
      assertEquals(file.path() + ": tensor 'b': is missing", missing.getMessage());
    }
  }

  @Test
  void wrongTypeIsNamedWithFileKeyAndOffset() throws IOException {
    try (var file = GgufFile.open(write("x.gguf", everyType(3)))) {
      var metadata = file.metadata();
      assertWrong(
          "text: is of the type STRING, and must be a number (at",
          file,
          () -> metadata.number("text"));
      assertWrong(
          "f32: is of the type FLOAT32, and must be a whole number",
          file,
          () -> metadata.integer("f32"));
      assertWrong(
          "u8: is of the type UINT8, and must be true or false", file, () -> metadata.flag("u8"));
      assertWrong(
          "ints: is an array of INT32, and must be a text", file, () -> metadata.text("ints"));
      assertWrong(
          "ints: is an array of INT32, and must be a list of texts",
          file,
          () -> metadata.texts("ints"));
      assertWrong(
          "reals: is an array of FLOAT32, and must be a list of whole",
          file,
          () -> metadata.integers("reals"));
      assertWrong(
          "u64: is 18446744073709551615, which is too large", file, () -> metadata.integer("u64"));
    }
  }

  private static void assertWrong(String problem, GgufFile file, Executable read) {
    var wrong = assertThrows(FormatException.class, read);
    assertTrue(wrong.getMessage().startsWith(file.path() + ": " + problem), wrong.getMessage());
    assertTrue(wrong.offset().isPresent());
  }

  @Test
  void stringsByIndexMatchIteration() throws IOException {
    int count = 3 * GgufStrings.STRIDE + 1;
    var bytes = GgufBytes.begin(3, 0, 1).array("tokens", GgufValueType.STRING, count);
    for (int i = 0; i < count; i++) {
      bytes.string("t" + i);
    }
    try (var file = GgufFile.open(write("x.gguf", bytes))) {
      var tokens = file.metadata().texts("tokens").orElseThrow();
      assertEquals(count, tokens.size());
      int i = 0;
      for (String token : tokens) {
        assertEquals("t" + i, token);
        assertEquals(token, tokens.get(i++));
      }
      assertThrows(IndexOutOfBoundsException.class, () -> tokens.get(count));
    }
  }

  @ParameterizedTest
  @EnumSource(GgufType.class)
  void blockSizesAreExact(GgufType type) throws IOException {
    int rows = 3;
    int bytes = rows * type.bytesPerBlock();
    var file =
        GgufBytes.begin(3, 1, 0)
            .tensor("t", type.id(), 0, type.blockSize(), rows)
            .align(32)
            .raw(new byte[bytes]);
    try (var opened = GgufFile.open(write("x.gguf", file))) {
      assertEquals(bytes, opened.get("t").data().byteSize());
      assertEquals(type, opened.get("t").type());
      var ours = type.tensorType();
      if (ours.isPresent()) {
        assertEquals(type, GgufType.of(ours.get()));
        assertEquals(type.blockSize(), ours.get().blockSize());
        assertEquals(type.bytesPerBlock(), ours.get().bytesPerBlock());
        assertEquals(bytes, opened.tensor("t").segment().byteSize());
      } else {
        var refused = assertThrows(FormatException.class, () -> opened.tensor("t"));
        assertTrue(refused.getMessage().contains("is stored as " + type), refused.getMessage());
      }
    }
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  void everyDTypeHasGgufType(DType type) {
    assertEquals(Optional.of(type), GgufType.of(type).tensorType());
  }

  @Test
  void finalPaddingIsOptional() throws IOException {
    byte[] without = everyType(3).bytes();
    for (int padding = 0; padding <= 30; padding++) {
      var bytes = everyType(3).raw(new byte[padding]);
      try (var file = GgufFile.open(write("x.gguf", bytes))) {
        assertEquals(2, file.names().size());
      }
    }
    Path path = write("x.gguf", everyType(3).raw(new byte[31]));
    var refused = assertThrows(FormatException.class, () -> GgufFile.open(path));
    assertEquals(
        "%s: 1 bytes follow the last tensor (at byte %d)".formatted(path, without.length + 30),
        refused.getMessage());
  }

  @Test
  void fileWithoutTensorsMayEndWithinPadding() throws IOException {
    for (int padding : new int[] {0, 1, 7}) {
      var bytes = GgufBytes.begin(3, 0, 0).raw(new byte[padding]);
      try (var file = GgufFile.open(write("x.gguf", bytes))) {
        assertEquals(List.of(), file.names());
        assertEquals(0, file.metadata().keys().size());
      }
    }
  }

  @Test
  void tensorsInAnyOrderOrEmptyOpen() throws IOException {
    var bytes =
        GgufBytes.begin(3, 3, 1)
            .key("general.alignment", GgufValueType.UINT32)
            .int32(64)
            .tensor("late", 24, 64, 5)
            .tensor("empty", 0, 0, 0, 4)
            .tensor("early", 24, 0, 6)
            .align(64)
            .raw(new byte[64])
            .raw((byte) 1, (byte) 2, (byte) 3, (byte) 4, (byte) 5);
    try (var file = GgufFile.open(write("x.gguf", bytes))) {
      assertEquals(5, file.tensor("late").get(4));
      assertEquals(Shape.of(4, 0), file.get("empty").shape());
    }
  }

  @Test
  void missingTensorOrFileIsNamed() {
    assertThrows(NoSuchFileException.class, () -> GgufFile.open(directory.resolve("none.gguf")));
    var refused = assertThrows(FormatException.class, () -> GgufFile.open(directory));
    assertEquals(directory + ": is not a regular file", refused.getMessage());
  }

  @Test
  void isGgufChecksMagic() throws IOException {
    assertTrue(GgufFile.isGguf(write("x.gguf", everyType(3))));
    assertFalse(GgufFile.isGguf(Files.writeString(directory.resolve("y"), "GGU")));
  }
}
