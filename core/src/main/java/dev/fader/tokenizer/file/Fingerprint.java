package dev.fader.tokenizer.file;

import dev.fader.tokenizer.pipeline.BoundaryTokens;
import dev.fader.tokenizer.pipeline.PostProcessor;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// A hash of a tokenizer: of its `tokenizer.json` in canonical form, without anything that does not
/// affect ids.
public final class Fingerprint {
  private static final List<String> WITHOUT_EFFECT = List.of("version", "truncation", "padding");

  private Fingerprint() {}

  public static String of(TokenizerFiles source, BoundaryTokens ends, PostProcessor postProcessor) {
    var root = (ObjectNode) source.parsed().node();
    root.remove(WITHOUT_EFFECT);
    if (root.get("model").get("merges") instanceof ArrayNode merges) {
      ((ObjectNode) root.get("model")).set("merges", asPairs(merges));
    }
    MessageDigest digest = sha256();
    digest.update(TokenizerJson.writeCanonical(root));
    digest.update((ends.begin() + " " + ends.end()).getBytes(StandardCharsets.UTF_8));
    for (int[] ids : List.of(postProcessor.before(), postProcessor.after())) {
      digest.update(Arrays.toString(ids).getBytes(StandardCharsets.UTF_8));
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  /// The merges in the newer of the two notations.
  private static ArrayNode asPairs(ArrayNode merges) {
    ArrayNode pairs = merges.arrayNode(merges.size());
    for (JsonNode merge : merges) {
      if (merge.isString()) {
        String line = merge.stringValue();
        int space = line.indexOf(' ');
        pairs.addArray().add(line.substring(0, space)).add(line.substring(space + 1));
      } else {
        pairs.add(merge);
      }
    }
    return pairs;
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException missing) {
      throw new IllegalStateException("every JDK has SHA-256", missing);
    }
  }
}
