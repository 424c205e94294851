package dev.fader.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DurableFileTest {
  @TempDir Path directory;

  @Test
  void writeReplacesContent() throws IOException {
    Path file = directory.resolve("a/b/text");
    DurableFile.write(file, FileContent.of("old and longer"));
    DurableFile.write(file, FileContent.of("new"));
    assertEquals("new", Files.readString(file));
    assertEquals(List.of("text"), names(directory.resolve("a/b")));
  }

  @Test
  void failedWriteKeepsOldContent() throws IOException {
    Path file = directory.resolve("text");
    DurableFile.write(file, FileContent.of("old"));
    FileContent full =
        channel -> {
          FileContent.writeFully(channel, ByteBuffer.wrap(new byte[100_000]));
          throw new IOException("No space left on device");
        };
    var failed = assertThrows(IOException.class, () -> DurableFile.write(file, full));
    String message = String.valueOf(failed.getMessage());
    assertTrue(message.startsWith("cannot write " + directory.resolve(".text.")), message);
    assertTrue(
        message.matches(".*: No space left on device \\(\\d+ bytes are free there\\)"), message);
    assertEquals("old", Files.readString(file));
    assertEquals(List.of("text"), names(directory));
  }

  /// Ends in the middle of a file, as Ctrl-C makes a program do.
  static final class Ended {
    private Ended() {}

    public static void main(String[] arguments) throws IOException {
      DurableFile.write(
          Path.of(arguments[0]),
          channel -> {
            FileContent.writeFully(channel, ByteBuffer.wrap(new byte[100]));
            System.exit(7);
          });
    }
  }

  @Test
  void exitDuringWriteKeepsOldContent() throws Exception {
    Path file = directory.resolve("text");
    DurableFile.write(file, FileContent.of("old"));
    String classes =
        Stream.of(DurableFile.class, DurableFileTest.class)
            .map(type -> type.getProtectionDomain().getCodeSource().getLocation())
            .map(place -> Path.of(URI.create(place.toString())).toString())
            .collect(Collectors.joining(File.pathSeparator));
    var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    var process =
        new ProcessBuilder(java, "-cp", classes, Ended.class.getName(), file.toString())
            .inheritIO()
            .start();
    assertEquals(7, process.waitFor());
    assertEquals("old", Files.readString(file));
    assertEquals(List.of("text"), names(directory));
  }

  @Test
  void writeOverDirectoryFails() {
    var failed =
        assertThrows(
            FileAlreadyExistsException.class,
            () -> DurableFile.write(directory, FileContent.of("text")));
    assertEquals(directory + ": it is a directory", failed.getMessage());
  }

  @Test
  void staleTemporaryFilesAreDeleted() throws IOException {
    Path abandoned = Files.writeString(directory.resolve(".text.00000000.partial"), "x");
    Files.setLastModifiedTime(abandoned, FileTime.from(Instant.now().minusSeconds(7200)));
    Files.writeString(directory.resolve(".text.11111111.partial"), "x");
    Files.writeString(directory.resolve(".other.00000000.partial"), "x");
    DurableFile.write(directory.resolve("text"), FileContent.of("text"));
    assertEquals(
        List.of(".other.00000000.partial", ".text.11111111.partial", "text"), names(directory));
  }

  @Test
  void writeThroughLinkKeepsLink() throws IOException {
    Path file = directory.resolve("text");
    DurableFile.write(file, FileContent.of("old"));
    Path link = Files.createSymbolicLink(directory.resolve("link"), file);
    DurableFile.write(link, FileContent.of("new"));
    assertTrue(Files.isSymbolicLink(link));
    assertArrayEquals(
        "new".getBytes(java.nio.charset.StandardCharsets.UTF_8), Files.readAllBytes(file));
  }

  private static List<String> names(Path directory) throws IOException {
    try (var files = Files.list(directory)) {
      return files.map(p -> p.getFileName().toString()).sorted().toList();
    }
  }
}
