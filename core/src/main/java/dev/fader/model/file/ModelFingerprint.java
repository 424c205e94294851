package dev.fader.model.file;

import dev.fader.model.Parameters;
import dev.fader.tensor.Tensor;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// Tells models apart without reading them whole, which may be larger than memory: by their family,
/// their tensors, and a few bytes of the beginning, the middle and the end of each.
final class ModelFingerprint {
  private static final long BYTES = 64;

  private ModelFingerprint() {}

  static String of(Parameters parameters) {
    var digest = sha256();
    digest.update(parameters.config().family().getBytes(StandardCharsets.UTF_8));
    parameters
        .entries()
        .forEach((name, variable) -> {
          var tensor = variable.value();
          var text = "%s %s %s".formatted(name, tensor.type(), tensor.shape());
          digest.update(text.getBytes(StandardCharsets.UTF_8));
          sample(tensor, digest);
        });
    return HexFormat.of().formatHex(digest.digest(), 0, 16);
  }

  private static void sample(Tensor tensor, MessageDigest digest) {
    var segment = tensor.segment();
    long most = segment.byteSize() - Math.min(BYTES, segment.byteSize());
    for (long from : new long[] {0, most / 2, most}) {
      digest.update(segment.asSlice(from, segment.byteSize() - most).asByteBuffer());
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) {
      throw new AssertionError("every Java platform has SHA-256", impossible);
    }
  }
}
