package dev.fader.data;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Files that only this process needs, and only for a while: their names carry its number, so that
/// what a killed one left behind is known and removed by the next.
final class PartialFile {
  private static final String SUFFIX = ".partial";

  private PartialFile() {}

  /// A new empty file in `folder`, which is made if it is missing.
  static Path create(Path folder, String what) {
    try {
      Files.createDirectories(folder);
      var prefix = what + "-" + ProcessHandle.current().pid() + "-";
      return Files.createTempFile(folder, prefix, SUFFIX);
    } catch (IOException failed) {
      throw DataException.unwritable(folder, failed);
    }
  }

  /// Removes what processes that are no more left in `folder`.
  static void sweep(Path folder) {
    if (!Files.isDirectory(folder)) {
      return;
    }
    try (var files = Files.newDirectoryStream(folder, "*-*-*" + SUFFIX)) {
      for (var file : files) {
        if (writerIsGone(file.getFileName().toString())) {
          Files.deleteIfExists(file);
        }
      }
    } catch (IOException failed) {
      throw DataException.unwritable(folder, failed);
    }
  }

  private static boolean writerIsGone(String name) {
    var process = name.split("-", 3)[1];
    try {
      return ProcessHandle.of(Long.parseLong(process)).isEmpty();
    } catch (NumberFormatException notOurs) {
      return false;
    }
  }
}
