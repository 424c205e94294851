package dev.fader.format;

import dev.fader.tensor.Shape;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;

/// Parses the JSON of a safetensors header as a stream, in one pass and without recursion. The JSON
/// parser itself rejects repeated names.
///
/// The grammar is `{"__metadata__": {TEXT: TEXT...}, NAME: {"dtype": TYPE, "shape": [N...],
/// "data_offsets": [BEGIN, END]}...}` and spaces to the end.
final class SafetensorsHeaderParser {
  private static final String METADATA = "__metadata__";
  private static final int MOST_DIMENSIONS = 64;

  private final Path file;
  private final byte[] json;
  private final List<SafetensorsHeader.Entry> entries = new ArrayList<>();
  private final Map<String, String> metadata = new LinkedHashMap<>();

  /// The tensors in the order of the header, and the metadata.
  record Parsed(List<SafetensorsHeader.Entry> entries, Map<String, String> metadata) {}

  SafetensorsHeaderParser(Path file, byte[] json) {
    this.file = file;
    this.json = json;
  }

  Parsed parse() throws FormatException {
    if (json.length == 0 || json[0] != '{') {
      throw FormatException.at(
          file,
          SafetensorsHeader.PREFIX,
          "no JSON object begins here: this is not a safetensors file");
    }
    StrictJson.checkUtf8(file, json, SafetensorsHeader.PREFIX);
    try (JsonParser parser = StrictJson.parser(json)) {
      try {
        parseTensors(parser);
      } catch (JacksonException broken) {
        throw StrictJson.wrong(file, broken, SafetensorsHeader.PREFIX);
      }
    }
    return new Parsed(entries, metadata);
  }

  private void parseTensors(JsonParser parser) throws FormatException {
    expect(parser, parser.nextToken(), JsonToken.START_OBJECT, "the header");
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      String name = parser.currentName();
      expect(parser, parser.nextToken(), JsonToken.START_OBJECT, name);
      if (name.equals(METADATA)) {
        parseMetadata(parser);
      } else {
        parseTensor(parser, name);
      }
    }
    if (parser.nextToken() != null) {
      throw wrong(parser, "the header", "more JSON follows its object");
    }
  }

  private void parseMetadata(JsonParser parser) throws FormatException {
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      String key = parser.currentName();
      expect(parser, parser.nextToken(), JsonToken.VALUE_STRING, METADATA);
      metadata.put(key, parser.getString());
    }
  }

  private void parseTensor(JsonParser parser, String name) throws FormatException {
    String field = "tensor " + FormatException.quoted(name);
    Optional<StorageType> type = Optional.empty();
    Optional<long[]> shape = Optional.empty();
    Optional<long[]> offsets = Optional.empty();
    while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
      String key = parser.currentName();
      parser.nextToken();
      switch (key) {
        case "dtype" -> type = Optional.of(type(parser, field));
        case "shape" -> shape = Optional.of(numbers(parser, field, key));
        case "data_offsets" -> offsets = Optional.of(numbers(parser, field, key));
        default -> throw wrong(parser, field, "unknown field " + FormatException.quoted(key));
      }
    }
    if (type.isEmpty() || shape.isEmpty() || offsets.isEmpty()) {
      String missing = type.isEmpty() ? "dtype" : shape.isEmpty() ? "shape" : "data_offsets";
      throw wrong(parser, field, missing + " is missing");
    }
    long[] range = offsets.get();
    if (range.length != 2 || range[0] > range[1]) {
      throw wrong(
          parser,
          field,
          "data_offsets " + Arrays.toString(range) + " are not a valid begin and end");
    }
    var dimensions = dimensions(parser, field, shape.get());
    checkBytes(parser, field, type.get(), dimensions, range);
    entries.add(new SafetensorsHeader.Entry(name, type.get(), dimensions, range[0], range[1]));
  }

  private StorageType type(JsonParser parser, String field) throws FormatException {
    expect(parser, parser.currentToken(), JsonToken.VALUE_STRING, field);
    String name = parser.getString();
    for (StorageType type : StorageType.values()) {
      if (type.name().equals(name)) {
        return type;
      }
    }
    throw wrong(
        parser,
        field,
        "unknown dtype %s; known are %s"
            .formatted(FormatException.quoted(name), Arrays.toString(StorageType.values())));
  }

  /// An array of non-negative integers.
  private long[] numbers(JsonParser parser, String field, String key) throws FormatException {
    expect(parser, parser.currentToken(), JsonToken.START_ARRAY, field);
    var numbers = new long[4];
    int count = 0;
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      if (parser.currentToken() != JsonToken.VALUE_NUMBER_INT
          || parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER
          || parser.getLongValue() < 0) {
        throw wrong(
            parser,
            field,
            key + " holds " + FormatException.quoted(parser.getString()) + ", which is not a size");
      }
      if (count == MOST_DIMENSIONS) {
        throw wrong(parser, field, key + " holds more than " + MOST_DIMENSIONS + " numbers");
      }
      if (count == numbers.length) {
        numbers = Arrays.copyOf(numbers, 2 * count);
      }
      numbers[count++] = parser.getLongValue();
    }
    return Arrays.copyOf(numbers, count);
  }

  private Shape dimensions(JsonParser parser, String field, long[] sizes) throws FormatException {
    try {
      return Shape.of(sizes);
    } catch (IllegalArgumentException tooLarge) {
      throw wrong(parser, field, "shape " + Arrays.toString(sizes) + " is too large");
    }
  }

  private void checkBytes(
      JsonParser parser, String field, StorageType type, Shape shape, long[] range)
      throws FormatException {
    long bytes = range[1] - range[0];
    long needed;
    try {
      needed = type.bytesFor(shape.elements());
    } catch (ArithmeticException impossible) {
      throw wrong(parser, field, "%s of shape %s cannot be stored".formatted(type, shape));
    }
    if (bytes != needed) {
      throw wrong(
          parser,
          field,
          "%s of shape %s takes %d bytes, and data_offsets %s give it %d"
              .formatted(type, shape, needed, Arrays.toString(range), bytes));
    }
  }

  private void expect(JsonParser parser, @Nullable JsonToken found, JsonToken needed, String field)
      throws FormatException {
    if (found != needed) {
      throw wrong(parser, field, "a JSON " + describe(needed) + " is needed here");
    }
  }

  private static String describe(JsonToken token) {
    return switch (token) {
      case START_OBJECT -> "object";
      case START_ARRAY -> "array";
      default -> "string";
    };
  }

  private FormatException wrong(JsonParser parser, String field, String problem) {
    long offset = SafetensorsHeader.PREFIX + parser.currentTokenLocation().getByteOffset();
    return FormatException.at(file, field, offset, problem);
  }
}
