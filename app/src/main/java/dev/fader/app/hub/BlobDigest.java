package dev.fader.app.hub;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// The checksum that names a blob: SHA-256 for large files, git's SHA-1 for others.
final class BlobDigest {
  private final MessageDigest digest;

  BlobDigest(HubFile file) {
    try {
      if (file.sha256().isPresent()) {
        digest = MessageDigest.getInstance("SHA-256");
      } else {
        digest = MessageDigest.getInstance("SHA-1");
        digest.update(("blob " + file.bytes() + "\0").getBytes(StandardCharsets.US_ASCII));
      }
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every Java has SHA-1 and SHA-256", impossible);
    }
  }

  void update(ByteBuffer bytes) {
    digest.update(bytes);
  }

  String hexadecimal() {
    return HexFormat.of().formatHex(digest.digest());
  }
}
