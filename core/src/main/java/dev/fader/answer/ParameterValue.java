package dev.fader.answer;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// Turns the text of a parameter into JSON.
final class ParameterValue {
  private ParameterValue() {}

  /// The value as the tool's schema wants it. What is not as it wants is a string; where it wants
  /// nothing, JSON is what it says.
  ///
  /// @param schema of the parameter, if it is known
  static String json(String text, Optional<JsonNode> schema) {
    var types = schema.map(ParameterValue::types).orElse(List.of());
    if (types.isEmpty()) {
      return json(text);
    }
    var trimmed = text.strip();
    if (types.contains("null") && trimmed.equals("null")) {
      return "null";
    }
    for (var type : types) {
      var value =
          switch (type) {
            case "integer", "number", "int", "float" -> number(trimmed);
            case "boolean", "bool" -> truth(trimmed);
            case "object", "dict" -> structure(trimmed, '{');
            case "array", "list" -> structure(trimmed, '[');
            default -> Optional.<String>empty();
          };
      if (value.isPresent()) {
        return value.get();
      }
    }
    return JsonStrings.quoted(text);
  }

  /// The value of a text that is JSON or a literal of Python; others are strings.
  static String json(String text) {
    return literal(text.strip()).orElseGet(() -> JsonStrings.quoted(text));
  }

  private static List<String> types(JsonNode schema) {
    var types = new ArrayList<String>();
    addTypes(schema, types);
    for (var choice : List.of("anyOf", "oneOf", "allOf")) {
      schema.path(choice).forEach(each -> addTypes(each, types));
    }
    for (var value : schema.path("enum")) {
      types.add(
          value.isString()
              ? "string"
              : value.isNumber()
                  ? "number"
                  : value.isBoolean() ? "boolean" : value.isNull() ? "null" : "object");
    }
    return types;
  }

  private static void addTypes(JsonNode schema, List<String> types) {
    var type = schema.path("type");
    if (type.isString()) {
      types.add(type.stringValue().toLowerCase(Locale.ROOT));
    }
    type.forEach(each -> types.add(each.asString("")));
  }

  private static Optional<String> number(String text) {
    var scanned = scanned(text, true);
    return scanned.filter(json -> !json.isEmpty() && "-0123456789".indexOf(json.charAt(0)) >= 0);
  }

  private static Optional<String> truth(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "true" -> Optional.of("true");
      case "false" -> Optional.of("false");
      default -> Optional.empty();
    };
  }

  private static Optional<String> structure(String text, char open) {
    return text.isEmpty() || text.charAt(0) != open ? Optional.empty() : literal(text);
  }

  private static Optional<String> literal(String text) {
    var json = scanned(text, true);
    return json.isPresent() ? json : scanned(text, false);
  }

  /// @param strict whether it must be JSON, and not what Python writes
  private static Optional<String> scanned(String text, boolean strict) {
    if (strict) {
      var scanner = new JsonScanner();
      var list = "[" + text + "]"; // so that numbers end
      var json = new StringBuilder();
      for (int i = 0; i < list.length(); i++) {
        char letter = list.charAt(i);
        boolean inString = scanner.isInString();
        if (!scanner.accept(letter) || (scanner.isDone() && i < list.length() - 1)) {
          return Optional.empty();
        }
        boolean first = scanner.depth() == 1 && letter == ',';
        if (first && !inString) {
          return Optional.empty();
        }
        json.append(inString ? JsonStrings.withoutControl(letter) : letter);
      }
      return scanner.isDone() && !text.isEmpty()
          ? Optional.of(json.substring(1, json.length() - 1))
          : Optional.empty();
    }
    var literal = new LiteralScanner(LiteralScanner.Style.PYTHON);
    for (int i = 0; i < text.length(); i++) {
      if (!literal.accept(text.charAt(i))) {
        return Optional.empty();
      }
    }
    return literal.finish() ? Optional.of(literal.take()) : Optional.empty();
  }

  /// A number of Python as JSON has it, if it is one.
  static Optional<String> pythonNumber(String text) {
    try {
      var plain = text.replace("_", "");
      var value = new BigDecimal(plain.startsWith("+") ? plain.substring(1) : plain);
      boolean whole = plain.chars().allMatch(c -> Character.isDigit(c) || c == '-' || c == '+');
      return Optional.of(whole ? value.toPlainString() : value.toString());
    } catch (NumberFormatException none) {
      return Optional.empty();
    }
  }
}
