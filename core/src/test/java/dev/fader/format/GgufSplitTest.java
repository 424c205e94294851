package dev.fader.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Models in several files.
final class GgufSplitTest {
  @TempDir Path directory;

  private Path part(int number, int count, String tensor) throws IOException {
    return write(number, count, number - 1, count, tensor);
  }

  private Path write(int number, int count, int saysNumber, int saysCount, String tensor)
      throws IOException {
    var bytes =
        GgufBytes.begin(3, 1, 3)
            .key("split.no", GgufValueType.UINT16)
            .raw((byte) saysNumber, (byte) 0)
            .key("split.count", GgufValueType.UINT16)
            .raw((byte) saysCount, (byte) 0)
            .key("split.tensors.count", GgufValueType.INT32)
            .int32(count)
            .tensor(tensor, 24, 0, 1)
            .align(32)
            .raw((byte) (10 * number));
    var name = "tiny-%05d-of-%05d.gguf".formatted(number, count);
    return Files.write(directory.resolve(name), bytes.bytes());
  }

  @Test
  void allPartsOpenAsOne() throws IOException {
    Path first = part(1, 3, "a");
    part(2, 3, "b");
    part(3, 3, "c");
    try (var file = GgufFile.open(first)) {
      assertEquals(List.of("a", "b", "c"), file.names());
      assertEquals(30, file.tensor("c").get(0));
    }
  }

  @Test
  void openLaterPartFails() throws IOException {
    part(1, 2, "a");
    Path second = part(2, 2, "b");
    assertRefused(second, "split.no: is 1, which is not the first part: open tiny-00001-of-00002");
  }

  @Test
  void missingPartIsNamed() throws IOException {
    Path first = part(1, 3, "a");
    part(2, 3, "b");
    assertRefused(first, "split.count: is 3, and tiny-00003-of-00003.gguf is missing");
  }

  @Test
  void partNumberMustMatchName() throws IOException {
    Path first = part(1, 2, "a");
    Path second = write(2, 2, 5, 2, "b");
    var refused = assertThrows(FormatException.class, () -> GgufFile.open(first));
    assertEquals(second, refused.file());
    assertTrue(refused.getMessage().contains("split.no: is 5, and must be 1 here"));
    write(2, 2, 1, 7, "b");
    refused = assertThrows(FormatException.class, () -> GgufFile.open(first));
    assertTrue(refused.getMessage().contains("split.count: is 7, and 2 in the first part"));
    part(2, 2, "a");
    refused = assertThrows(FormatException.class, () -> GgufFile.open(first));
    assertTrue(refused.getMessage().contains("tensor 'a': is in another part of the model, too"));
  }

  @Test
  void renamedPartIsNamed() throws IOException {
    Path first = part(1, 2, "a");
    Path renamed = Files.move(first, directory.resolve("model.gguf"));
    assertRefused(
        renamed, "split.count: is 2, and the file is not called NAME-00001-of-00002.gguf");
  }

  @Test
  void tensorCountMustMatchParts() throws IOException {
    Path first = part(1, 2, "a");
    byte[] bytes = Files.readAllBytes(first);
    int place =
        new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1).indexOf("tensors.count")
            + 17;
    bytes[place] = 3;
    Files.write(first, bytes);
    part(2, 2, "b");
    assertRefused(first, "split.tensors.count: is 3, and the 2 parts hold 2 tensors");
  }

  private static void assertRefused(Path path, String problem) {
    var refused = assertThrows(FormatException.class, () -> GgufFile.open(path));
    assertTrue(refused.getMessage().startsWith(path + ": " + problem), refused.getMessage());
  }
}
