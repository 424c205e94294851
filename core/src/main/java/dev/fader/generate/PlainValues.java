package dev.fader.generate;

import dev.fader.format.FormatException;
import dev.fader.format.JsonProblem;
import dev.fader.template.Template;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.ValueSerializer;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;

/// JSON as the plain values that templates take, and back.
public final class PlainValues {
  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(100)
                          .maxStringLength(Integer.MAX_VALUE)
                          .build())
                  .build())
          .addModule(
              new SimpleModule()
                  .addSerializer(
                      Template.None.class,
                      new ValueSerializer<>() {
                        @Override
                        public void serialize(
                            Template.None none, JsonGenerator out, SerializationContext context) {
                          out.writeNull();
                        }
                      }))
          .build();

  private PlainValues() {}

  /// The value of a JSON file.
  ///
  /// @throws FormatException if it is no JSON
  /// @throws IOException if it cannot be read
  static JsonNode read(Path file) throws IOException {
    if (Files.isDirectory(file)) {
      throw new FormatException(file, "is a directory, and a JSON file is needed");
    }
    byte[] json = Files.readAllBytes(file);
    try {
      return MAPPER.readTree(json);
    } catch (JacksonException broken) {
      var location = broken.getLocation();
      throw new FormatException(
          file,
          "broken JSON in line %d: %s"
              .formatted(location == null ? 1 : location.getLineNr(), JsonProblem.of(broken)));
    }
  }

  /// The value of `text` parsed as JSON, or the text itself where it is no JSON.
  public static Object literal(String text) {
    try {
      var node = MAPPER.readTree(text);
      return node.isMissingNode() ? text : of(node);
    } catch (JacksonException none) {
      return text;
    }
  }

  /// A JSON value as strings, numbers, booleans, lists, maps and [Template#NONE].
  public static Object of(JsonNode node) {
    return switch (node.getNodeType()) {
      case OBJECT -> map(node);
      case ARRAY -> {
        var list = new ArrayList<Object>();
        node.forEach(item -> list.add(of(item)));
        yield list;
      }
      case STRING -> node.stringValue();
      case BOOLEAN -> node.booleanValue();
      case NUMBER ->
          node.isIntegralNumber() ? (Object) node.bigIntegerValue() : (Object) node.doubleValue();
      default -> Template.NONE;
    };
  }

  /// Plain values as JSON.
  public static String text(Object value) {
    return MAPPER.writeValueAsString(value);
  }

  /// A JSON object with its fields in order.
  public static Map<String, Object> map(JsonNode object) {
    var map = new LinkedHashMap<String, Object>();
    object.properties().forEach(entry -> map.put(entry.getKey(), of(entry.getValue())));
    return map;
  }
}
