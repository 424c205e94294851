package dev.fader.inspect;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// The tables that come with Fader: each a JSON file beside the classes of this room.
final class JsonResource {
  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  private JsonResource() {}

  /// The objects in the list `field` of the file `name`.
  static List<ObjectNode> list(String name, String field) {
    try (var stream =
        Objects.requireNonNull(JsonResource.class.getResourceAsStream(name), "no " + name)) {
      var objects = new ArrayList<ObjectNode>();
      for (JsonNode element : MAPPER.readTree(stream).required(field)) {
        objects.add((ObjectNode) element);
      }
      return objects;
    } catch (IOException failed) {
      throw new UncheckedIOException(name, failed);
    }
  }

  static String text(ObjectNode object, String field) {
    return object.required(field).stringValue();
  }

  static Optional<String> optionalText(ObjectNode object, String field) {
    return object.has(field) ? Optional.of(text(object, field)) : Optional.empty();
  }

  static OptionalLong optionalNumber(ObjectNode object, String field) {
    return object.has(field)
        ? OptionalLong.of(object.required(field).longValue())
        : OptionalLong.empty();
  }
}
