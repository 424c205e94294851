package dev.fader.format;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/// `model.safetensors.index.json`: the file of each tensor.
final class ShardIndex {
  private ShardIndex() {}

  /// Tensor name to file name. File names are plain: they stay inside the directory.
  static Map<String, String> read(Path index) throws IOException {
    if (!(JsonFile.read(index).path("weight_map") instanceof ObjectNode weightMap)) {
      throw new FormatException(index, "weight_map", "is missing or no JSON object");
    }
    var shards = new LinkedHashMap<String, String>();
    for (var entry : weightMap.properties()) {
      String shard = entry.getValue().isString() ? entry.getValue().stringValue() : "";
      if (!PlainName.isPlain(shard)) {
        throw new FormatException(
            index,
            "weight_map",
            "places tensor %s in %s, which is not the name of a file in this directory"
                .formatted(
                    FormatException.quoted(entry.getKey()),
                    FormatException.quoted(entry.getValue().toString())));
      }
      shards.put(entry.getKey(), shard);
    }
    return shards;
  }
}
