package dev.fader.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.TensorArena;
import dev.fader.tensor.TensorMemory;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What is written reads back.
final class GgufContentTest {
  private final TensorArena arena = TensorMemory.unlimited().open("test");

  @TempDir Path directory;

  @AfterEach
  void free() {
    arena.close();
  }

  private Path write(GgufMetadataBuilder fields, TensorContent... tensors) throws IOException {
    Path path = directory.resolve("written.gguf");
    DurableFile.write(path, new GgufContent(fields, List.of(tensors)));
    return path;
  }

  private static GgufMetadataBuilder fields() {
    return new GgufMetadataBuilder()
        .text("general.architecture", "llama")
        .uint32("llama.block_count", 4294967295L)
        .float32("llama.rope.freq_base", 0.1)
        .bool("flag", true)
        .strings("tokens", List.of("", "é", "<s>"))
        .int32s("types", new int[] {1, -1})
        .float32s("scores", new float[] {-0.5f})
        .bools("pattern", new boolean[] {true, false});
  }

  private static void assertFields(GgufMetadata metadata) throws FormatException {
    assertEquals(List.copyOf(fields().keys()), List.copyOf(metadata.keys()));
    assertEquals("llama", metadata.text("general.architecture").orElseThrow());
    assertEquals(4294967295L, metadata.integer("llama.block_count").orElseThrow());
    assertEquals(0.1f, metadata.number("llama.rope.freq_base").orElseThrow());
    assertTrue(metadata.flag("flag").orElseThrow());
    assertEquals(List.of("", "é", "<s>"), metadata.texts("tokens").orElseThrow());
    var each = new ArrayList<String>();
    metadata.eachText(
        "tokens", (text, length) -> each.add(new String(text, 0, length, StandardCharsets.UTF_8)));
    assertEquals(List.of("", "é", "<s>"), each);
    assertArrayEquals(new int[] {1, -1}, metadata.integers("types").orElseThrow());
    assertArrayEquals(new float[] {-0.5f}, metadata.numbers("scores").orElseThrow());
    assertArrayEquals(new int[] {1, 0}, metadata.integers("pattern").orElseThrow());
  }

  @Test
  void valuesOfEveryTypeRoundTrip() throws IOException {
    Path path = write(fields());
    try (var file = GgufFile.open(path)) {
      assertFields(file.metadata());
      Path copy = directory.resolve("copy.gguf");
      DurableFile.write(
          copy, new GgufContent(new GgufMetadataBuilder().copy(file.metadata()), List.of()));
      assertEquals(-1, Files.mismatch(path, copy));
    }
  }

  @Test
  void foreignValuesAreCopied() throws IOException {
    Path path = Files.write(directory.resolve("other.gguf"), GgufFileTest.everyType(2).bytes());
    try (var file = GgufFile.open(path)) {
      try (var copy = GgufFile.open(write(new GgufMetadataBuilder().copy(file.metadata())))) {
        assertEquals(List.copyOf(file.metadata().keys()), List.copyOf(copy.metadata().keys()));
        for (String key : file.metadata().keys()) {
          assertEquals(-1, file.metadata().bytes(key).mismatch(copy.metadata().bytes(key)), key);
        }
      }
    }
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  void tensorsOfEveryTypeRoundTrip(DType type) throws IOException {
    var tensors = new ArrayList<TensorContent>();
    for (int rows : new int[] {1, 7, 13}) {
      var tensor = arena.allocate(type, Shape.of(rows, 3L * type.blockSize()));
      for (long i = 0; i < tensor.segment().byteSize(); i++) {
        tensor.segment().set(LittleEndian.BYTE, i, (byte) (31 * i + rows));
      }
      tensors.add(TensorContent.of("t" + rows, tensor));
    }
    try (var file = GgufFile.open(write(fields(), tensors.toArray(new TensorContent[0])))) {
      assertFields(file.metadata());
      for (var tensor : tensors) {
        var back = file.tensor(tensor.name());
        assertEquals(type, back.type());
        assertEquals(tensor.shape(), back.shape());
        for (long i = 0; i < back.segment().byteSize(); i++) {
          assertEquals(
              (byte) (31 * i + tensor.shape().dimension(0)),
              back.segment().get(LittleEndian.BYTE, i));
        }
      }
    }
  }

  @Test
  void inexpressibleContentIsRefused() {
    var one = TensorContent.of("t", arena.floats(1));
    assertRefused("'t' cannot be the name", one, one);
    assertRefused("longer than 63 bytes", TensorContent.of("t".repeat(64), arena.floats(1)));
    assertRefused("no more than 4", TensorContent.of("t", arena.floats(1, 1, 1, 1, 1)));
    var fields = new GgufMetadataBuilder();
    assertThrows(IllegalArgumentException.class, () -> fields.uint32("k", -1));
    assertThrows(IllegalArgumentException.class, () -> fields.uint32("k", 1L << 32));
    assertThrows(IllegalArgumentException.class, () -> fields.text("", "x"));
    assertThrows(IllegalArgumentException.class, () -> fields.uint32("general.alignment", 64));
    assertThrows(IllegalArgumentException.class, () -> fields.uint32("split.count", 2));
  }

  private static void assertRefused(String problem, TensorContent... tensors) {
    var refused =
        assertThrows(
            IllegalArgumentException.class,
            () -> new GgufContent(new GgufMetadataBuilder(), List.of(tensors)));
    assertTrue(String.valueOf(refused.getMessage()).contains(problem), refused.getMessage());
  }

  @Test
  void shortTensorLeavesNoFile() {
    var tooLittle =
        new TensorContent(
            "t",
            DType.FLOAT32,
            Shape.of(3),
            channel -> FileContent.writeFully(channel, ByteBuffer.allocate(8)));
    var failed = assertThrows(IllegalStateException.class, () -> write(fields(), tooLittle));
    assertEquals("tensor 't' wrote 8 bytes of 12", failed.getMessage());
    assertEquals(0, directory.toFile().listFiles().length);
  }
}
