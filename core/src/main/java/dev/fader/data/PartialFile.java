package dev.fader.data;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;

/// Temporary files of this process.
final class PartialFile {
  private static final String SUFFIX = ".partial";

  /// Leftovers of killed processes are deleted after this long. Process ids cannot tell, as
  /// containers that share a cache do not see each other's processes.
  private static final Duration ABANDONED = Duration.ofDays(1);

  private PartialFile() {}

  /// A new empty file in `folder`, which is made if it is missing.
  static Path create(Path folder, String what) {
    try {
      Files.createDirectories(folder);
      return Files.createTempFile(folder, what + "-", SUFFIX);
    } catch (IOException failed) {
      throw DataException.unwritable(folder, failed);
    }
  }

  /// A new empty file in `folder` to write and read. It is gone when the channel closes, and where
  /// the system allows it has no name until then, so that a killed process leaves nothing.
  static FileChannel open(Path folder, String what) {
    try {
      return FileChannel.open(
          create(folder, what),
          StandardOpenOption.READ,
          StandardOpenOption.WRITE,
          StandardOpenOption.DELETE_ON_CLOSE);
    } catch (IOException failed) {
      throw DataException.unwritable(folder, failed);
    }
  }

  /// Removes what killed processes left in `folder`.
  static void sweep(Path folder) {
    if (!Files.isDirectory(folder)) {
      return;
    }
    var abandoned = Instant.now().minus(ABANDONED);
    try (var files = Files.newDirectoryStream(folder, "{tokens,documents,input}-*" + SUFFIX)) {
      for (var file : files) {
        if (lastWritten(file).isBefore(abandoned)) {
          Files.deleteIfExists(file);
        }
      }
    } catch (IOException failed) {
      throw DataException.unwritable(folder, failed);
    }
  }

  private static Instant lastWritten(Path file) throws IOException {
    try {
      return Files.getLastModifiedTime(file).toInstant();
    } catch (NoSuchFileException gone) {
      return Instant.MAX; // Its own process was done with it.
    }
  }
}
