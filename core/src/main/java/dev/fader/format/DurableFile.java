package dev.fader.format;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;

/// Writes files atomically: to a temporary name in the same directory, forced to disk and renamed
/// into place, with the rename forced too. After a crash a file has either its old or its new
/// content.
public final class DurableFile {
  private static final String PARTIAL = ".partial";

  /// Temporary files older than this were left by a killed process and are deleted.
  private static final Duration ABANDONED = Duration.ofHours(1);

  private DurableFile() {}

  /// Replaces the content of `file`. Creates the directory if necessary.
  ///
  /// @throws IOException if it cannot be written; the message is one line with the reason, and
  ///   nothing has changed
  public static void write(Path file, FileContent content) throws IOException {
    Path target = Files.exists(file) ? file.toRealPath() : file.toAbsolutePath();
    if (Files.isDirectory(target)) {
      throw new FileAlreadyExistsException(file.toString(), null, "it is a directory");
    }
    Path directory = parent(target);
    createDirectories(directory);
    sweep(directory, target);
    Path partial = directory.resolve("." + target.getFileName() + "." + unique() + PARTIAL);
    try (var _ = new RemovedAtExit(partial)) {
      writeNew(partial, content);
      Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException | RuntimeException | Error failed) {
      Files.deleteIfExists(partial);
      throw failed;
    }
    force(directory);
  }

  /// Creates a file and forces it to disk. Returns the digest of its content.
  static Digest writeNew(Path file, FileContent content) throws IOException {
    try (var channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      var digesting = new DigestingChannel(channel);
      content.writeTo(digesting);
      channel.force(true);
      return digesting.digest();
    } catch (IOException failed) {
      throw explained(file, failed);
    }
  }

  /// The operating system's reason, with the file and the free space if known.
  private static IOException explained(Path file, IOException failed) {
    String reason = String.valueOf(failed.getMessage());
    if (reason.contains(file.toString())) {
      return failed;
    }
    return new IOException(
        "cannot write %s: %s%s".formatted(file, reason, roomAround(parent(file))), failed);
  }

  private static String roomAround(Path directory) {
    try {
      return " (%d bytes are free there)".formatted(Files.getFileStore(directory).getUsableSpace());
    } catch (IOException unknown) {
      return "";
    }
  }

  static Path parent(Path absolute) {
    Path parent = absolute.getParent();
    if (parent == null) {
      throw new IllegalArgumentException(absolute + " names no file in a directory");
    }
    return parent;
  }

  /// Creates `directory` and its parents, forcing each into its parent.
  static void createDirectories(Path directory) throws IOException {
    Path existing = directory;
    while (!Files.exists(existing)) {
      existing = parent(existing);
    }
    Files.createDirectories(directory);
    for (Path made = directory; !made.equals(existing); made = parent(made)) {
      force(parent(made));
    }
  }

  /// Forces the entries of `directory` to disk.
  public static void force(Path directory) throws IOException {
    if (System.getProperty("os.name").startsWith("Windows")) {
      return; // Windows cannot open a directory as a file, and journals its entries.
    }
    try (var channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /// Eight random characters for a unique name.
  static String unique() {
    var bytes = new byte[4];
    new SecureRandom().nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  private static void sweep(Path directory, Path target) throws IOException {
    var before = FileTime.from(Instant.now().minus(ABANDONED));
    String prefix = "." + target.getFileName() + ".";
    try (var siblings =
        Files.newDirectoryStream(
            directory,
            p ->
                p.getFileName().toString().startsWith(prefix)
                    && p.getFileName().toString().endsWith(PARTIAL))) {
      for (Path sibling : siblings) {
        if (Files.getLastModifiedTime(sibling).compareTo(before) < 0) {
          Files.deleteIfExists(sibling);
        }
      }
    }
  }
}
