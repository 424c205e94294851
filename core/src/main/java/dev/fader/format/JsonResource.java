package dev.fader.format;

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

/// Data tables of the library: JSON resources beside the classes that read them.
public final class JsonResource {
  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  private JsonResource() {}

  /// The objects in the list `field` of the resource `name` beside the class `reader`.
  public static List<ObjectNode> list(Class<?> reader, String name, String field) {
    try (var stream = Objects.requireNonNull(reader.getResourceAsStream(name), "no " + name)) {
      var objects = new ArrayList<ObjectNode>();
      for (JsonNode element : MAPPER.readTree(stream).required(field)) {
        objects.add((ObjectNode) element);
      }
      return objects;
    } catch (IOException failed) {
      throw new UncheckedIOException(name, failed);
    }
  }

  /// The object in the resource `name` beside the class `reader`.
  public static ObjectNode object(Class<?> reader, String name) {
    try (var stream = Objects.requireNonNull(reader.getResourceAsStream(name), "no " + name)) {
      return (ObjectNode) MAPPER.readTree(stream);
    } catch (IOException failed) {
      throw new UncheckedIOException(name, failed);
    }
  }

  /// The text in `field`.
  public static String text(ObjectNode object, String field) {
    return object.required(field).stringValue();
  }

  /// The text in `field`, if it is present.
  public static Optional<String> optionalText(ObjectNode object, String field) {
    return object.has(field) ? Optional.of(text(object, field)) : Optional.empty();
  }

  /// The integer in `field`, if it is present.
  public static OptionalLong optionalNumber(ObjectNode object, String field) {
    return object.has(field)
        ? OptionalLong.of(object.required(field).longValue())
        : OptionalLong.empty();
  }
}
