package dev.fader.format;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;

/// `manifest.json`: every file of a directory with its length and SHA-256. It is written last, so
/// its presence marks the directory as complete.
final class Manifest {
  static final String NAME = "manifest.json";

  private final SequencedMap<String, Digest> files = new TreeMap<>();

  void add(String name, Digest digest) {
    files.put(name, digest);
  }

  FileContent content() {
    var root = StrictJson.MAPPER.createObjectNode();
    var list = root.putArray("files");
    for (Map.Entry<String, Digest> file : files.entrySet()) {
      list.addObject()
          .put("name", file.getKey())
          .put("bytes", file.getValue().bytes())
          .put("sha256", file.getValue().sha256());
    }
    return JsonFile.content(root);
  }

  static Manifest read(Path directory) throws IOException {
    Path file = directory.resolve(NAME);
    if (!(JsonFile.read(file).path("files") instanceof ArrayNode list) || list.isEmpty()) {
      throw new FormatException(file, "files", "is missing, empty or no JSON array");
    }
    var manifest = new Manifest();
    for (JsonNode entry : list) {
      JsonNode name = entry.path("name");
      JsonNode bytes = entry.path("bytes");
      JsonNode sha256 = entry.path("sha256");
      if (!name.isString()
          || !bytes.isIntegralNumber()
          || !bytes.canConvertToLong()
          || !sha256.isString()) {
        throw new FormatException(file, "files", "holds an entry without name, bytes and sha256");
      }
      if (!PlainName.isPlainPath(name.stringValue())) {
        throw new FormatException(
            file,
            "files",
            "holds %s, which is not the name of a file in this directory"
                .formatted(FormatException.quoted(name.stringValue())));
      }
      manifest.add(name.stringValue(), new Digest(bytes.longValue(), sha256.stringValue()));
    }
    return manifest;
  }

  /// The first problem with the files of `directory`, in one line, if there is one.
  Optional<String> problem(Path directory) throws IOException {
    for (Map.Entry<String, Digest> entry : files.entrySet()) {
      Path file = directory.resolve(entry.getKey());
      Digest expected = entry.getValue();
      if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
        return Optional.of(file + " is missing");
      }
      long bytes = Files.size(file);
      if (bytes != expected.bytes()) {
        return Optional.of(
            "%s is %s: it has %d bytes, and %d were written"
                .formatted(
                    file,
                    bytes < expected.bytes() ? "truncated" : "altered",
                    bytes,
                    expected.bytes()));
      }
      if (!Digest.of(file).sha256().equals(expected.sha256())) {
        return Optional.of(file + " is altered: its SHA-256 is not that of what was written");
      }
    }
    return Optional.empty();
  }
}
