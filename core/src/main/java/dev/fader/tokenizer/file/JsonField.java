package dev.fader.tokenizer.file;

import dev.fader.tokenizer.error.TokenizerException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import tools.jackson.databind.JsonNode;

/// A value in a JSON file together with its path, so that errors name the file and the field.
public record JsonField(String file, String path, JsonNode node) {

  /// The member `name`, unless it is absent or null.
  Optional<JsonField> find(String name) {
    JsonNode member = node.get(name);
    return member == null || member.isNull()
        ? Optional.empty()
        : Optional.of(new JsonField(file, path.isEmpty() ? name : path + "." + name, member));
  }

  JsonField get(String name) {
    return find(name).orElseThrow(() -> wrong("has no field '" + name + "'"));
  }

  String text(String name) {
    return get(name).string();
  }

  String string() {
    if (!node.isString()) {
      throw wrong("is %s, not a string".formatted(shown()));
    }
    return node.stringValue();
  }

  /// Whether the member `name` is true; an absent one is `otherwise`.
  boolean flag(String name, boolean otherwise) {
    Optional<JsonField> member = find(name);
    if (member.isEmpty()) {
      return otherwise;
    }
    if (!member.get().node.isBoolean()) {
      throw member.get().wrong("is %s, not true or false".formatted(member.get().shown()));
    }
    return member.get().node.booleanValue();
  }

  /// A whole number in `[0, limit)`.
  int below(int limit) {
    OptionalInt value =
        node.isIntegralNumber() && node.canConvertToInt()
            ? OptionalInt.of(node.intValue())
            : OptionalInt.empty();
    if (value.isEmpty() || value.getAsInt() < 0 || value.getAsInt() >= limit) {
      throw wrong("is %s, not a whole number from 0 to %d".formatted(shown(), limit - 1));
    }
    return value.getAsInt();
  }

  /// A number, which is finite.
  double number() {
    if (!node.isNumber() || !Double.isFinite(node.doubleValue())) {
      throw wrong("is %s, not a number".formatted(shown()));
    }
    return node.doubleValue();
  }

  /// The elements of an array.
  List<JsonField> elements() {
    if (!node.isArray()) {
      throw wrong("is %s, not an array".formatted(shown()));
    }
    var elements = new ArrayList<JsonField>(node.size());
    for (JsonNode element : node) {
      elements.add(new JsonField(file, path + "[" + elements.size() + "]", element));
    }
    return elements;
  }

  /// The members of an object, in the file's order.
  Iterable<Map.Entry<String, JsonNode>> members() {
    return object().node.properties();
  }

  JsonField object() {
    if (!node.isObject()) {
      throw wrong("is %s, not an object".formatted(shown()));
    }
    return this;
  }

  /// This field with its `type`'s Sequence, however nested, laid out flat. Absent gives none.
  static List<JsonField> flatten(Optional<JsonField> field, String sequenceOf) {
    var flat = new ArrayList<JsonField>();
    var open = new java.util.ArrayDeque<JsonField>();
    field.ifPresent(open::push);
    while (!open.isEmpty()) {
      JsonField next = open.pop().object();
      if (next.text("type").equals("Sequence")) {
        next.get(sequenceOf).elements().reversed().forEach(open::push);
      } else {
        flat.add(next);
      }
    }
    return flat;
  }

  /// An exception that says the field `problem`.
  TokenizerException wrong(String problem) {
    String where = path.isEmpty() ? "the file" : path;
    return new TokenizerException("%s: %s %s".formatted(file, where, problem));
  }

  /// An exception that says this type of component is not supported.
  TokenizerException unsupported(String what) {
    return wrong("is %s, which is not supported".formatted(what));
  }

  private String shown() {
    if (node.isContainer()) {
      return node.isArray() ? "an array" : "an object";
    }
    return shown(node.toString());
  }

  /// The value, truncated if it is long.
  public static String shown(String value) {
    return value.length() <= 40 ? value : value.substring(0, 40) + "…";
  }
}
