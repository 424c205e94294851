package dev.fader.grammar.schema;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Schemas of a seed, of every keyword that is held, small so that keywords meet.
final class RandomSchema {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final List<String> NAMES = List.of("a", "b", "c", "ab", "é", "q\"x");
  private static final List<String> PATTERNS =
      List.of(
          "^[a-c]{1,3}$",
          "a",
          "^a",
          "b$",
          "^(a|b|ab)$",
          "^(?!ab)[a-c]*$",
          "\\bab\\b",
          "^a|b$",
          "^\\w+$",
          "^[^a]{0,4}$",
          "^\\d{2}(-\\d)?$",
          "^\\u0061+$",
          "^\\bab?\\b$",
          "^$",
          "x{2,}",
          "^[A-Z][a-z]*(?: [a-z]+)?$",
          "^\\S+$");
  private static final List<String> FORMATS =
      List.of(
          "date",
          "time",
          "date-time",
          "duration",
          "email",
          "hostname",
          "ipv4",
          "ipv6",
          "uri",
          "uuid",
          "json-pointer",
          "uri-reference",
          "regex",
          "iri",
          "idn-email",
          "no-such-format");
  private static final List<String> TYPES =
      List.of("object", "array", "string", "number", "integer", "boolean", "null");

  private final SplittableRandom random;
  private final boolean plain; // only what can be held without being narrower

  private RandomSchema(SplittableRandom random, boolean plain) {
    this.random = random;
    this.plain = plain;
  }

  static ObjectNode of(long seed) {
    var schemas = new RandomSchema(new SplittableRandom(seed), false);
    var schema = JSON.objectNode();
    var definitions = schema.putObject("$defs");
    for (int i = 0; i < 3; i++) {
      definitions.set("d" + i, schemas.schema(2));
    }
    schema.setAll((ObjectNode) schemas.object(3));
    if (schemas.random.nextInt(8) == 0) {
      schema.put("$ref", "#/$defs/d0");
    }
    return schema;
  }

  /// A schema of types that are said, closed objects and whole arrays, without formats.
  static ObjectNode plain(long seed) {
    return (ObjectNode) new RandomSchema(new SplittableRandom(seed), true).object(3);
  }

  private <T> T one(List<T> list) {
    return list.get(random.nextInt(list.size()));
  }

  private boolean rarely() {
    return random.nextInt(4) == 0;
  }

  private JsonNode schema(int depth) {
    if (!plain && random.nextInt(20) == 0) {
      return JSON.booleanNode(random.nextInt(3) > 0);
    }
    return object(depth);
  }

  private JsonNode object(int depth) {
    var schema = JSON.objectNode();
    int choice = random.nextInt(depth > 0 ? 16 : 6);
    switch (choice) {
      case 0, 1 -> string(schema);
      case 2, 3 -> number(schema);
      case 4 -> values(schema);
      case 5 -> types(schema);
      case 6, 7, 8 -> members(schema, depth - 1);
      case 9, 10 -> items(schema, depth - 1);
      case 11 -> combined(schema, "anyOf", depth - 1);
      case 12 -> combined(schema, "oneOf", depth - 1);
      case 13 -> combined(schema, "allOf", depth - 1);
      case 14 -> {
        if (plain) {
          members(schema, depth - 1);
        } else {
          conditional(schema, depth - 1);
        }
      }
      default -> {
        if (plain) {
          items(schema, depth - 1);
        } else {
          schema.put("$ref", "#/$defs/d" + random.nextInt(3));
        }
      }
    }
    if (!plain && depth > 0 && rarely()) {
      mixed(schema, depth - 1);
    }
    if (rarely()) {
      schema.put("title", "t").put("x-order", 3).put("default", "none");
      schema.putArray("examples").add(1);
    }
    return schema;
  }

  private void mixed(ObjectNode schema, int depth) {
    switch (random.nextInt(9)) {
      case 0 -> string(schema);
      case 1 -> number(schema);
      case 2 -> values(schema);
      case 3 -> types(schema);
      case 4 -> members(schema, depth);
      case 5 -> items(schema, depth);
      case 6 -> combined(schema, "oneOf", depth);
      case 7 -> conditional(schema, depth);
      default -> combined(schema, "anyOf", depth);
    }
  }

  private void string(ObjectNode schema) {
    schema.put("type", "string");
    switch (random.nextInt(plain ? 3 : 4)) {
      case 0 -> schema.put("pattern", one(PATTERNS));
      case 1 -> schema.put("minLength", random.nextInt(4)).put("maxLength", random.nextInt(2, 7));
      case 2 -> schema.put("pattern", one(PATTERNS)).put("maxLength", random.nextInt(6));
      default -> schema.put("format", one(FORMATS));
    }
  }

  private JsonNode bound() {
    return switch (random.nextInt(4)) {
      case 0 -> JSON.numberNode(random.nextInt(-20, 20));
      case 1 -> JSON.numberNode(BigDecimal.valueOf(random.nextInt(-500, 500), 2));
      case 2 -> JSON.numberNode(BigDecimal.valueOf(random.nextInt(-50, 50), 1));
      default -> JSON.numberNode(random.nextInt(-1000, 1000));
    };
  }

  private void number(ObjectNode schema) {
    schema.put("type", random.nextBoolean() ? "integer" : "number");
    if (random.nextBoolean()) {
      schema.set(random.nextBoolean() ? "minimum" : "exclusiveMinimum", bound());
    }
    if (random.nextBoolean()) {
      schema.set(random.nextBoolean() ? "maximum" : "exclusiveMaximum", bound());
    }
    if (rarely()) {
      schema.set(
          "multipleOf",
          JsonMapper.shared()
              .readTree(
                  one(List.of("1", "2", "3", "7", "10", "60", "0.5", "0.01", "0.25", "1.5"))));
    }
  }

  JsonNode value(int depth) {
    return switch (random.nextInt(depth > 0 ? 9 : 7)) {
      case 0 -> JSON.nullNode();
      case 1 -> JSON.booleanNode(random.nextBoolean());
      case 2, 3 ->
          JSON.numberNode(
              new BigDecimal(bound().decimalValue().stripTrailingZeros().toPlainString()));
      case 4, 5, 6 -> JSON.stringNode(one(List.of("", "a", "b", "ab", "abc", "d", "2", "12-3")));
      case 7 -> {
        var array = JSON.arrayNode();
        for (int i = random.nextInt(3); i > 0; i--) {
          array.add(value(depth - 1));
        }
        yield array;
      }
      default -> {
        var object = JSON.objectNode();
        for (int i = random.nextInt(3); i > 0; i--) {
          object.set(one(NAMES), value(depth - 1));
        }
        yield object;
      }
    };
  }

  private void values(ObjectNode schema) {
    if (random.nextInt(3) == 0) {
      schema.set("const", value(1));
    } else {
      var values = schema.putArray("enum");
      for (int i = random.nextInt(1, 5); i > 0; i--) {
        values.add(value(1));
      }
    }
  }

  private void types(ObjectNode schema) {
    if (random.nextBoolean()) {
      schema.put("type", one(TYPES.subList(plain ? 2 : 0, TYPES.size())));
    } else {
      schema.putArray("type").add(one(TYPES.subList(2, 5))).add(one(TYPES.subList(5, 7)));
    }
  }

  private void members(ObjectNode schema, int depth) {
    schema.put("type", "object");
    var names = new ArrayList<>(NAMES);
    var properties = schema.putObject("properties");
    for (int i = random.nextInt(4); i > 0; i--) {
      var name = names.remove(random.nextInt(names.size()));
      properties.set(name, schema(depth));
    }
    if (random.nextBoolean()) {
      schema.putArray("required").add(one(NAMES.subList(0, 3)));
    }
    if (plain || rarely()) {
      schema.put("additionalProperties", false);
    } else if (rarely()) {
      schema.set("additionalProperties", schema(depth));
    }
    if (plain) {
      return;
    }
    switch (random.nextInt(14)) {
      case 0 -> schema.put("minProperties", random.nextInt(4));
      case 1 -> schema.put("maxProperties", random.nextInt(4));
      case 2 -> schema.putObject("patternProperties").set(one(PATTERNS), schema(depth));
      case 3 -> schema.putObject("propertyNames").put("pattern", one(PATTERNS));
      case 4 -> schema.putObject("dependentRequired").putArray(one(NAMES)).add(one(NAMES));
      case 5 -> schema.putObject("dependentSchemas").set(one(NAMES), schema(depth));
      default -> {}
    }
  }

  private void items(ObjectNode schema, int depth) {
    schema.put("type", "array");
    if (random.nextInt(4) > 0) {
      schema.set("items", schema(depth));
    }
    if (!plain && rarely()) {
      var prefix = schema.putArray("prefixItems");
      for (int i = random.nextInt(1, 4); i > 0; i--) {
        prefix.add(schema(depth));
      }
    }
    if (random.nextBoolean()) {
      schema.put("maxItems", random.nextInt(4));
    }
    if (rarely()) {
      schema.put("minItems", random.nextInt(3));
    }
    if (random.nextInt(6) == 0) {
      schema.put("uniqueItems", true);
    }
  }

  private void combined(ObjectNode schema, String keyword, int depth) {
    var parts = schema.putArray(keyword);
    for (int i = random.nextInt(1, 4); i > 0; i--) {
      // What arrays and objects exclude is not wholly a schema.
      parts.add(schema(plain && keyword.equals("oneOf") ? 0 : depth));
    }
  }

  private void conditional(ObjectNode schema, int depth) {
    if (random.nextBoolean()) {
      schema.set("not", schema(depth));
      return;
    }
    schema.set("if", schema(depth));
    schema.set("then", schema(depth));
    if (random.nextBoolean()) {
      schema.set("else", schema(depth));
    }
  }

  /// Values of a seed, some of which satisfy [#plain].
  static List<JsonNode> values(long seed, int count) {
    var values = new ArrayList<JsonNode>();
    var schemas = new RandomSchema(new SplittableRandom(seed), true);
    for (int i = 0; i < count; i++) {
      values.add(schemas.value(2));
    }
    return values;
  }
}
