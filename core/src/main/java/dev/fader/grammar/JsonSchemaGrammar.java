package dev.fader.grammar;

import dev.fader.format.JsonProblem;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonPointer;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Writes a JSON Schema as GBNF, one rule for each schema in it. White space between tokens is at
/// most one blank, or one line end with an indentation.
final class JsonSchemaGrammar {
  /// Schemas within each other, and references that lead to references.
  private static final int DEEPEST = 64;

  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(2 * DEEPEST)
                          .maxNumberLength(100)
                          .build())
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .build())
          .build();

  /// What a grammar cannot hold.
  private static final Set<String> REFUSED =
      Set.of(
          "not",
          "if",
          "then",
          "else",
          "multipleOf",
          "uniqueItems",
          "contains",
          "minContains",
          "maxContains",
          "minProperties",
          "maxProperties",
          "patternProperties",
          "propertyNames",
          "dependentRequired",
          "dependentSchemas",
          "dependencies",
          "unevaluatedItems",
          "unevaluatedProperties",
          "$dynamicRef",
          "$recursiveRef");

  private static final String PRIMITIVES =
      """
      value ::= object | array | string | number | "true" | "false" | "null"
      object ::= "{" ws (member ("," ws member)*)? "}"
      member ::= string ws ":" ws value ws
      array ::= "[" ws (value ws ("," ws value ws)*)? "]"
      string ::= "\\"" string-char* "\\""
      string-char ::= [^"\\\\\\x00-\\x1F\\x7F] | "\\\\" (["\\\\/bfnrt] | "u" unit)
      unit ::= hex-not-d hex hex hex | [dD] [0-7] hex hex | high-surrogate "\\\\u" low-surrogate
      high-surrogate ::= [dD] [89abAB] hex hex
      low-surrogate ::= [dD] [c-fC-F] hex hex
      hex ::= [0-9a-fA-F]
      hex-not-d ::= [0-9a-cA-CeEfF]
      number ::= integer fraction? exponent?
      integer ::= "-"? ("0" | [1-9] [0-9]{0,15})
      fraction ::= "." [0-9]{1,16}
      exponent ::= [eE] [-+]? [0-9]{1,2}
      ws ::= " "? | "\\n" [ \\t]{0,20}
      """;

  private final ObjectNode root;
  private final SchemaRules rules = new SchemaRules();
  private final Map<String, String> references = new HashMap<>();

  JsonSchemaGrammar(String schema) {
    try {
      var node = MAPPER.readTree(schema);
      if (node.isBoolean()) {
        root = JsonNodeFactory.instance.objectNode();
        root.putArray("allOf").add(node);
      } else if (node instanceof ObjectNode object) {
        root = object;
      } else {
        throw new GrammarException("a JSON Schema is an object, true or false, and this is none");
      }
    } catch (JacksonException broken) {
      throw new GrammarException("the JSON Schema is broken JSON: " + JsonProblem.of(broken));
    }
  }

  /// The whole grammar.
  String gbnf() {
    var first = reference("#", "#", 0);
    var text = new StringBuilder("root ::= ").append(first).append('\n');
    rules.writeTo(text);
    return text.append(PRIMITIVES).toString();
  }

  /// The rule of what a reference names; it may be in the making.
  private String reference(String reference, String where, int depth) {
    var known = references.get(reference);
    if (known != null) {
      return known;
    }
    var name = rules.add("");
    references.put(reference, name);
    rules.define(name, expression(target(reference, where), reference, depth + 1));
    return name;
  }

  private JsonNode target(String reference, String where) {
    if (!reference.startsWith("#")) {
      throw wrong(
          where, "$ref '%s' is in another document: put it under $defs".formatted(reference));
    }
    try {
      var pointer =
          URLDecoder.decode(reference.substring(1).replace("+", "%2B"), StandardCharsets.UTF_8);
      var found = root.at(JsonPointer.compile(pointer));
      if (!found.isMissingNode()) {
        return found;
      }
    } catch (IllegalArgumentException unreadable) {
      // Not found either.
    }
    throw wrong(where, "$ref '%s' leads nowhere".formatted(reference));
  }

  /// A schema as an expression: the name of a rule, or something that needs no parentheses.
  private String expression(JsonNode schema, String where, int depth) {
    if (depth > DEEPEST) {
      throw wrong(where, "schemas lie deeper than %d within each other".formatted(DEEPEST));
    }
    if (schema.isBoolean()) {
      if (schema.booleanValue()) {
        return "value";
      }
      throw wrong(where, "'false' allows nothing");
    }
    if (!(schema instanceof ObjectNode object)) {
      throw wrong(where, "a schema is an object, true or false");
    }
    for (var keyword : object.propertyNames()) {
      if (REFUSED.contains(keyword) && !isWithoutEffect(keyword, object.get(keyword))) {
        throw wrong(where, "'%s' cannot be held by a grammar: leave it out".formatted(keyword));
      }
    }
    return ofObject(object, where, depth);
  }

  private static boolean isWithoutEffect(String keyword, JsonNode value) {
    return keyword.equals("uniqueItems") && value.isBoolean() && !value.booleanValue();
  }

  private String ofObject(ObjectNode schema, String where, int depth) {
    if (schema.has("$ref")) {
      var rest = without(schema, "$ref");
      var reference = schema.get("$ref").asString();
      if (isAnnotation(rest)) {
        return reference(reference, where, depth);
      }
      return expression(merged(target(reference, where), rest, where), where, depth + 1);
    }
    if (schema.has("allOf")) {
      JsonNode all = without(schema, "allOf");
      for (var part : list(schema, "allOf", where)) {
        all = merged(all, resolved(part, where, depth), where);
      }
      return expression(all, where, depth + 1);
    }
    for (var choice : List.of("anyOf", "oneOf")) {
      if (schema.has(choice)) {
        return choices(schema, choice, where, depth);
      }
    }
    if (schema.has("const")) {
      return literals(List.of(schema.get("const")), schema, where);
    }
    if (schema.has("enum")) {
      return literals(list(schema, "enum", where), schema, where);
    }
    return ofTypes(schema, where, depth);
  }

  private static ObjectNode without(ObjectNode schema, String keyword) {
    var rest = schema.deepCopy();
    rest.remove(keyword);
    return rest;
  }

  private static boolean isAnnotation(ObjectNode schema) {
    return SchemaMerge.ANNOTATIONS.containsAll(schema.propertyNames());
  }

  private JsonNode merged(JsonNode first, JsonNode second, String where) {
    if (first.isBoolean()) {
      return first.booleanValue() ? second : first;
    }
    if (second.isBoolean()) {
      return second.booleanValue() ? first : second;
    }
    if (first instanceof ObjectNode a && second instanceof ObjectNode b) {
      return new SchemaMerge(where).merged(a, b);
    }
    throw wrong(where, "a schema is an object, true or false");
  }

  /// `schema` with what it refers to in place of the reference.
  private JsonNode resolved(JsonNode schema, String where, int depth) {
    var resolved = schema;
    for (int i = depth; resolved instanceof ObjectNode object && object.has("$ref"); i++) {
      if (i > DEEPEST) {
        throw wrong(where, "$ref '%s' leads in circles".formatted(object.get("$ref").asString()));
      }
      var target = target(object.get("$ref").asString(), where);
      resolved = merged(target, without(object, "$ref"), where);
    }
    return resolved;
  }

  private String choices(ObjectNode schema, String keyword, String where, int depth) {
    var rest = without(schema, keyword);
    var names = new ArrayList<String>();
    int index = 0;
    for (var choice : list(schema, keyword, where)) {
      var place = where + "/" + keyword + "/" + index++;
      var whole = isAnnotation(rest) ? choice : merged(rest, resolved(choice, place, depth), place);
      names.add(expression(whole, place, depth + 1));
    }
    return rules.add(String.join(" | ", names));
  }

  private List<JsonNode> list(ObjectNode schema, String keyword, String where) {
    var list = new ArrayList<JsonNode>();
    if (schema.get(keyword).isArray()) {
      schema.get(keyword).forEach(list::add);
    }
    if (list.isEmpty()) {
      throw wrong(where, "'%s' is no list of at least one".formatted(keyword));
    }
    return list;
  }

  private String literals(List<JsonNode> values, ObjectNode schema, String where) {
    var types = types(schema, where);
    var texts = new ArrayList<String>();
    for (var value : values) {
      if (types.isEmpty() || types.stream().anyMatch(type -> isOf(type, value))) {
        texts.add(GbnfText.literal(MAPPER.writeValueAsString(value)));
      }
    }
    if (texts.isEmpty()) {
      throw wrong(where, "none of the values is of the type");
    }
    return rules.add(String.join(" | ", texts));
  }

  private static boolean isOf(String type, JsonNode value) {
    return switch (type) {
      case "object" -> value.isObject();
      case "array" -> value.isArray();
      case "string" -> value.isString();
      case "boolean" -> value.isBoolean();
      case "null" -> value.isNull();
      case "integer" -> value.isIntegralNumber();
      default -> value.isNumber();
    };
  }

  private List<String> types(ObjectNode schema, String where) {
    var type = schema.get("type");
    var types = new ArrayList<String>();
    if (type != null) {
      (type.isArray() ? list(schema, "type", where) : List.of(type))
          .forEach(name -> types.add(name.asString()));
    }
    return types;
  }

  private String ofTypes(ObjectNode schema, String where, int depth) {
    var types = types(schema, where);
    if (types.isEmpty()) {
      types.addAll(impliedTypes(schema));
    }
    if (types.isEmpty()) {
      return "value";
    }
    var names = new ArrayList<String>();
    for (var type : types) {
      names.add(ofType(type, schema, where, depth));
    }
    return names.size() == 1 ? names.getFirst() : rules.add(String.join(" | ", names));
  }

  /// What is written where keywords are about one kind of value and no type is said: that kind.
  private static List<String> impliedTypes(ObjectNode schema) {
    if (hasAny(schema, "properties", "required", "additionalProperties")) {
      return List.of("object");
    }
    if (hasAny(schema, "items", "prefixItems", "minItems", "maxItems")) {
      return List.of("array");
    }
    if (hasAny(schema, "pattern", "format", "minLength", "maxLength")) {
      return List.of("string");
    }
    return hasAny(schema, "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
        ? List.of("number")
        : List.of();
  }

  private static boolean hasAny(ObjectNode schema, String... keywords) {
    for (var keyword : keywords) {
      if (schema.has(keyword)) {
        return true;
      }
    }
    return false;
  }

  private String ofType(String type, ObjectNode schema, String where, int depth) {
    return switch (type) {
      case "object" -> object(schema, where, depth);
      case "array" -> array(schema, where, depth);
      case "string" -> new StringSchema(schema, where).rule(rules::add);
      case "integer", "number" ->
          new NumberSchema(schema, where, type.equals("integer")).rule(rules::add);
      case "boolean" -> rules.add("\"true\" | \"false\"");
      case "null" -> rules.add("\"null\"");
      default -> throw wrong(where, "the type '%s' is not known".formatted(type));
    };
  }

  private record Member(String name, String rule, boolean required) {}

  private String object(ObjectNode schema, String where, int depth) {
    var additional = schema.get("additionalProperties");
    if (!hasAny(schema, "properties", "required") && additional == null) {
      return "object";
    }
    boolean open = additional != null && !(additional.isBoolean() && !additional.booleanValue());
    var other = open ? expression(additional, where + "/additionalProperties", depth + 1) : "value";
    var members = members(schema, where, depth, additional == null || open ? other : "");
    // From the last member to the first: what may follow when something stands before, or nothing.
    var more = SchemaRules.NOTHING;
    var first = SchemaRules.NOTHING;
    if (open) {
      var extra =
          rules.add(OtherNames.than(names(members), rules) + " ws \":\" ws " + other + " ws");
      more = rules.add("(\",\" ws " + extra + ")*");
      first = rules.add("(" + extra + " " + more + ")?");
    }
    for (var member : members.reversed()) {
      var pair =
          rules.add(
              GbnfText.literal(MAPPER.writeValueAsString(member.name))
                  + " ws \":\" ws "
                  + member.rule
                  + " ws");
      var moreWith = "\",\" ws " + pair + " " + more;
      var firstWith = pair + " " + more;
      first = rules.add(member.required ? firstWith : firstWith + " | " + first);
      more = rules.add(member.required ? moreWith : moreWith + " | " + more);
    }
    return rules.add("\"{\" ws " + first + " \"}\"");
  }

  private static List<String> names(List<Member> members) {
    return members.stream().map(Member::name).toList();
  }

  /// @param undeclared the rule of required members that are not declared; empty if there may be
  ///   none
  private List<Member> members(ObjectNode schema, String where, int depth, String undeclared) {
    var required = new ArrayList<String>();
    if (schema.has("required")) {
      schema.get("required").forEach(name -> required.add(name.asString()));
    }
    var members = new ArrayList<Member>();
    var properties = schema.get("properties");
    if (properties != null) {
      if (!properties.isObject()) {
        throw wrong(where, "'properties' is no object");
      }
      for (var property : properties.properties()) {
        var name = property.getKey();
        var place = where + "/properties/" + name;
        if (property.getValue().isBoolean()
            && !property.getValue().booleanValue()
            && !required.contains(name)) {
          continue;
        }
        var rule = expression(property.getValue(), place, depth + 1);
        members.add(new Member(name, rule, required.contains(name)));
      }
    }
    var declared = members.stream().map(Member::name).collect(Collectors.toSet());
    for (var name : required) {
      if (declared.add(name)) {
        if (undeclared.isEmpty()) {
          throw wrong(where, "'%s' is required, and no property".formatted(name));
        }
        members.add(new Member(name, undeclared, true));
      }
    }
    return members;
  }

  private String array(ObjectNode schema, String where, int depth) {
    var firsts = new ArrayList<String>();
    boolean old = schema.has("items") && schema.get("items").isArray();
    var prefix = old ? schema.get("items") : schema.get("prefixItems");
    if (prefix != null) {
      for (var item : prefix) {
        firsts.add(expression(item, where + "/prefixItems/" + firsts.size(), depth + 1));
      }
    }
    var items = old ? schema.get("additionalItems") : schema.get("items");
    boolean closed = items != null && items.isBoolean() && !items.booleanValue();
    var rest = closed || items == null ? "value" : expression(items, where + "/items", depth + 1);
    int least = Bounds.count(schema, "minItems", where).orElse(0);
    int most = Bounds.count(schema, "maxItems", where).orElse(Integer.MAX_VALUE);
    if (closed) {
      most = Math.min(most, firsts.size());
    }
    if (least > most) {
      throw wrong(where, "from %d to %d items: there are none such".formatted(least, most));
    }
    firsts.subList(Math.min(firsts.size(), most), firsts.size()).clear();
    return rules.add(new ArrayItems(firsts, rest, least, most).gbnf());
  }

  static GrammarException wrong(String where, String problem) {
    return new GrammarException("JSON Schema %s: %s".formatted(where, problem));
  }
}
