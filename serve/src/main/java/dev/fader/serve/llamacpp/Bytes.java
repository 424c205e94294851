package dev.fader.serve.llamacpp;

import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;

/// Bytes as JSON has them.
final class Bytes {
  private Bytes() {}

  /// From 0 to 255 each.
  static ArrayNode list(byte[] bytes) {
    var list = JsonNodeFactory.instance.arrayNode();
    for (byte one : bytes) {
      list.add(one & 0xff);
    }
    return list;
  }
}
