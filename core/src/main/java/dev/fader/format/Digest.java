package dev.fader.format;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// The length of a file and the SHA-256 of its bytes, in hexadecimal.
record Digest(long bytes, String sha256) {
  private static final int CHUNK = 1 << 20;

  /// Reads all of `file`.
  static Digest of(Path file) throws IOException {
    var sha256 = newSha256();
    var buffer = ByteBuffer.allocate(CHUNK);
    long bytes = 0;
    try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
      while (channel.read(buffer.clear()) >= 0) {
        bytes += buffer.flip().remaining();
        sha256.update(buffer);
      }
    }
    return new Digest(bytes, HexFormat.of().formatHex(sha256.digest()));
  }

  static MessageDigest newSha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every Java has SHA-256", impossible);
    }
  }
}
