package dev.fader.tune.example;

import dev.fader.data.DataException;
import dev.fader.generate.PlainValues;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The fields of an object in a line, read with errors that name the place and the field.
///
/// @param path of the object within the line, such as `messages[1].`; empty for the whole line
record Fields(ObjectNode object, Place place, String path) {
  /// Whether a field is there and not null.
  boolean has(String name) {
    return object.hasNonNull(name);
  }

  /// A text that is needed.
  String text(String name) {
    return optionalText(name).orElseThrow(() -> wrong(name, "is missing; a text is needed"));
  }

  /// A text, if it is there.
  Optional<String> optionalText(String name) {
    if (!has(name)) {
      return Optional.empty();
    }
    var value = object.get(name);
    if (!value.isString()) {
      throw wrong(name, "is %s; a text is needed".formatted(described(value)));
    }
    return Optional.of(value.stringValue());
  }

  /// A list that is needed, perhaps written as JSON in a text, as tables have it.
  JsonNode list(String name) {
    if (!has(name)) {
      throw wrong(name, "is missing; a list is needed");
    }
    var value = unpacked(object.get(name));
    if (!value.isArray()) {
      throw wrong(name, "is %s; a list is needed".formatted(described(value)));
    }
    return value;
  }

  private static JsonNode unpacked(JsonNode value) {
    if (!value.isString()) {
      return value;
    }
    try {
      return RowJson.MAPPER
          .reader(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .readTree(value.stringValue());
    } catch (JacksonException text) {
      return value;
    }
  }

  /// The objects of a list that is needed.
  List<Fields> objects(String name) {
    var objects = new ArrayList<Fields>();
    for (var item : list(name)) {
      var where = "%s[%d]".formatted(name, objects.size());
      if (!(item instanceof ObjectNode inner)) {
        throw wrong(where, "is %s; an object is needed".formatted(described(item)));
      }
      objects.add(new Fields(inner, place, path + where + "."));
    }
    return objects;
  }

  /// The tools that an assistant may call, if any are given.
  Optional<List<Object>> tools() {
    if (!has("tools")
        || (object.get("tools").isString() && object.get("tools").stringValue().isBlank())) {
      return Optional.empty();
    }
    var tools = new ArrayList<Object>();
    list("tools").forEach(tool -> tools.add(PlainValues.of(tool)));
    return tools.isEmpty() ? Optional.empty() : Optional.of(tools);
  }

  /// Token ids that are needed.
  int[] ids(String name) {
    var list = list(name);
    var ids = new int[list.size()];
    Iterator<JsonNode> items = list.iterator();
    for (int i = 0; i < ids.length; i++) {
      var item = items.next();
      if (!item.isIntegralNumber() || !item.canConvertToInt() || item.intValue() < 0) {
        throw wrong("%s[%d]".formatted(name, i), "is %s; a token id is needed".formatted(item));
      }
      ids[i] = item.intValue();
    }
    return ids;
  }

  DataException wrong(String name, String problem) {
    return new DataException("%s: `%s%s` %s".formatted(place, path, name, problem));
  }

  static String described(JsonNode value) {
    return switch (value.getNodeType()) {
      case STRING -> "a text";
      case NUMBER -> "the number " + value;
      case BOOLEAN -> value.toString();
      case ARRAY -> "a list";
      case OBJECT -> "an object";
      default -> "nothing";
    };
  }
}
