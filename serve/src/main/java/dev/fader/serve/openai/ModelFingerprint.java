package dev.fader.serve.openai;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;

/// What tells a model and a server from others: by the names, sizes and times of the model's files,
/// since to read them takes minutes.
final class ModelFingerprint {
  private static final int MOST_FILES = 1000;

  private ModelFingerprint() {}

  static String of(Path model) {
    var told = new StringBuilder();
    var version =
        ModelFingerprint.class.getModule().getDescriptor() == null
            ? ""
            : ModelFingerprint.class.getModule().getDescriptor().rawVersion().orElse("");
    told.append(version).append(' ').append(Runtime.version().feature());
    for (var file : files(model)) {
      told.append('\n').append(file.getFileName()).append(' ').append(size(file));
      told.append(' ').append(changed(file).toEpochMilli());
    }
    return "b" + digest(told.toString());
  }

  private static String digest(String text) {
    try {
      var hash = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(hash, 0, 6);
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every JVM has SHA-256", impossible);
    }
  }

  private static List<Path> files(Path model) {
    if (!Files.isDirectory(model)) {
      return List.of(model);
    }
    try (var files = Files.list(model)) {
      return files.sorted().limit(MOST_FILES).toList();
    } catch (IOException gone) {
      return List.of(model);
    }
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException gone) {
      return 0;
    }
  }

  /// When a file was changed last.
  static Instant changed(Path file) {
    try {
      return Files.getLastModifiedTime(file).toInstant();
    } catch (IOException gone) {
      return Instant.EPOCH;
    }
  }
}
