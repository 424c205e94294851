package dev.fader.tune;

import dev.fader.tune.example.TrainingExample;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// Identifies the examples of a run, in their order.
final class ExampleFingerprint {
  private final MessageDigest digest;

  ExampleFingerprint() {
    try {
      this.digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) {
      throw new AssertionError("every Java platform has SHA-256", impossible);
    }
  }

  void add(TrainingExample example) {
    var bytes = ByteBuffer.allocate(Math.multiplyExact(5, example.length()));
    for (int i = 0; i < example.length(); i++) {
      bytes.putInt(example.id(i)).put((byte) (example.isLearned(i) ? 1 : 0));
    }
    add(example.length());
    digest.update(bytes.array());
  }

  void add(int number) {
    digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(number).array());
  }

  String text() {
    return HexFormat.of().formatHex(digest.digest(), 0, 16);
  }
}
