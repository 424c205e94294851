package dev.fader.model.family;

import dev.fader.format.FormatException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// The typed fields of a JSON object. A field that is `null` counts as missing, as in Python.
///
/// @param prefix prepended to the names of these fields in errors: empty, or `outer.`
/// @param asked records the fields that were read
record ConfigFields(Path file, String prefix, ObjectNode object, Set<String> asked) {
  ConfigFields(Path file, String prefix, ObjectNode object) {
    this(file, prefix, object, new TreeSet<>());
  }

  FormatException wrong(String field, String problem) {
    return new FormatException(file, prefix + field, problem);
  }

  boolean has(String field) {
    asked.add(field);
    JsonNode value = object.path(field);
    return !value.isMissingNode() && !value.isNull();
  }

  private FormatException wrongType(String field, String needed) {
    return wrong(field, "is %s, and must be %s".formatted(shown(object.path(field)), needed));
  }

  private static String shown(JsonNode value) {
    return FormatException.quoted(value.toString());
  }

  /// A size: an integer of at least 1.
  int size(String field) throws FormatException {
    if (!has(field)) {
      throw wrong(field, "is missing");
    }
    JsonNode value = object.path(field);
    if (!value.isIntegralNumber() || !value.canConvertToInt() || value.intValue() < 1) {
      throw wrongType(field, "a whole number from 1 to " + Integer.MAX_VALUE);
    }
    return value.intValue();
  }

  int sizeOr(String field, int otherwise) throws FormatException {
    return has(field) ? size(field) : otherwise;
  }

  /// An integer of at least 0.
  int countOr(String field, int otherwise) throws FormatException {
    boolean none =
        has(field) && object.path(field).isIntegralNumber() && object.path(field).asInt(1) == 0;
    return none ? 0 : sizeOr(field, otherwise);
  }

  OptionalInt optionalSize(String field) throws FormatException {
    return has(field) ? OptionalInt.of(size(field)) : OptionalInt.empty();
  }

  /// A finite number of at least 0.
  OptionalDouble number(String field) throws FormatException {
    if (!has(field)) {
      return OptionalDouble.empty();
    }
    JsonNode value = object.path(field);
    double number = value.isNumber() ? value.doubleValue() : Double.NaN;
    if (!Double.isFinite(number) || number < 0) {
      throw wrongType(field, "a number of at least 0");
    }
    return OptionalDouble.of(number);
  }

  double numberOr(String field, double otherwise) throws FormatException {
    return number(field).orElse(otherwise);
  }

  /// A finite number above 0.
  double positive(String field) throws FormatException {
    double number = number(field).orElseThrow(() -> wrong(field, "is missing"));
    if (number == 0) {
      throw wrongType(field, "above 0");
    }
    return number;
  }

  double positiveOr(String field, double otherwise) throws FormatException {
    return has(field) ? positive(field) : otherwise;
  }

  /// A list of finite numbers above 0; its length is checked against the file.
  List<Double> positives(String field) throws FormatException {
    asked.add(field);
    if (!(object.path(field) instanceof ArrayNode array)) {
      throw wrong(field, has(field) ? "must be a list of numbers" : "is missing");
    }
    var numbers = new ArrayList<Double>();
    for (JsonNode element : array) {
      double number = element.isNumber() ? element.doubleValue() : Double.NaN;
      if (!Double.isFinite(number) || number <= 0) {
        throw wrong(field, "holds %s, and must hold numbers above 0".formatted(shown(element)));
      }
      numbers.add(number);
    }
    return numbers;
  }

  boolean flag(String field, boolean otherwise) throws FormatException {
    if (!has(field)) {
      return otherwise;
    }
    if (!object.path(field).isBoolean()) {
      throw wrongType(field, "true or false");
    }
    return object.path(field).booleanValue();
  }

  Optional<String> text(String field) throws FormatException {
    if (!has(field)) {
      return Optional.empty();
    }
    if (!object.path(field).isString()) {
      throw wrongType(field, "a text");
    }
    return Optional.of(object.path(field).stringValue());
  }

  /// A list of strings; its length is checked against the file.
  Optional<List<String>> texts(String field) throws FormatException {
    if (!has(field)) {
      return Optional.empty();
    }
    if (!(object.path(field) instanceof ArrayNode array)) {
      throw wrongType(field, "a list");
    }
    var texts = new ArrayList<String>();
    for (JsonNode element : array) {
      if (!element.isString()) {
        throw wrong(field, "holds %s, and must hold texts".formatted(shown(element)));
      }
      texts.add(element.stringValue());
    }
    return Optional.of(texts);
  }

  /// Token ids: a number or a list of them. Negative ones, which some files use for none, are
  /// dropped.
  List<Integer> tokens(String field) throws FormatException {
    JsonNode value = object.path(field);
    Iterable<JsonNode> elements =
        !has(field) ? List.of() : value instanceof ArrayNode array ? array : List.of(value);
    var tokens = new ArrayList<Integer>();
    for (JsonNode element : elements) {
      if (!element.isIntegralNumber() || !element.canConvertToInt()) {
        throw wrongType(field, "a token id or a list of them");
      }
      if (element.intValue() >= 0) {
        tokens.add(element.intValue());
      }
    }
    return tokens;
  }

  /// A list of integers; its length is checked against the file.
  List<Integer> integers(String field) throws FormatException {
    asked.add(field);
    if (!(object.path(field) instanceof ArrayNode array)) {
      throw wrongType(field, "a list of whole numbers");
    }
    var numbers = new ArrayList<Integer>();
    for (JsonNode element : array) {
      if (!element.isIntegralNumber() || !element.canConvertToInt()) {
        throw wrong(field, "holds %s, and must hold whole numbers".formatted(shown(element)));
      }
      numbers.add(element.intValue());
    }
    return numbers;
  }

  /// A copy with values for missing fields; `null` stays.
  ///
  /// @param values numbers and flags by field
  ConfigFields withDefaults(Map<String, Object> values) {
    var completed = node(values);
    completed.setAll(object);
    return new ConfigFields(file, prefix, completed, asked);
  }

  /// A copy with other values for some fields.
  ///
  /// @param values numbers and flags by field
  ConfigFields with(Map<String, Object> values) {
    var changed = object.objectNode();
    changed.setAll(object);
    changed.setAll(node(values));
    return new ConfigFields(file, prefix, changed, asked);
  }

  private ObjectNode node(Map<String, Object> values) {
    var completed = object.objectNode();
    for (var value : values.entrySet()) {
      switch (value.getValue()) {
        case Integer size -> completed.put(value.getKey(), size);
        case Double number -> completed.put(value.getKey(), number);
        case Boolean flag -> completed.put(value.getKey(), flag);
        default -> throw new IllegalArgumentException("no field can be " + value);
      }
    }
    return completed;
  }

  /// The fields of a nested object.
  Optional<ConfigFields> fields(String field) throws FormatException {
    if (!has(field)) {
      return Optional.empty();
    }
    if (!(object.path(field) instanceof ObjectNode inner)) {
      throw wrongType(field, "an object");
    }
    return Optional.of(new ConfigFields(file, prefix + field + ".", inner));
  }
}
