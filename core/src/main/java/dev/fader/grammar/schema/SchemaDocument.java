package dev.fader.grammar.schema;

import dev.fader.format.JsonProblem;
import dev.fader.grammar.GrammarException;
import java.math.BigDecimal;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// A JSON Schema document: its subschemas, references and keywords, checked. Drafts 4 to 2020-12
/// are read alike where they do not contradict each other.
final class SchemaDocument {
  private static final int DEEPEST = 256;
  private static final int MOST_DIGITS = 100;

  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(DEEPEST)
                          .maxNumberLength(1000)
                          .build())
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .build())
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .build();

  /// Keywords whose value is a schema, a list of schemas, or schemas by name.
  private static final Set<String> OF_ONE =
      Set.of(
          "not",
          "if",
          "then",
          "else",
          "items",
          "additionalItems",
          "contains",
          "additionalProperties",
          "propertyNames",
          "unevaluatedItems",
          "unevaluatedProperties");

  private static final Set<String> OF_LIST =
      Set.of("allOf", "anyOf", "oneOf", "prefixItems", "items");
  private static final Set<String> OF_NAMES =
      Set.of(
          "properties",
          "patternProperties",
          "dependentSchemas",
          "dependencies",
          "$defs",
          "definitions");

  /// Keywords whose schemas apply to the same value.
  private static final Set<String> IN_PLACE =
      Set.of(
          "not",
          "if",
          "then",
          "else",
          "allOf",
          "anyOf",
          "oneOf",
          "dependentSchemas",
          "dependencies");

  private final Subschema root;
  private final boolean referencesStandAlone; // up to draft 7, siblings of $ref are ignored
  private final List<Subschema> numbered = new ArrayList<>();
  private final IdentityHashMap<ObjectNode, Subschema> known = new IdentityHashMap<>();
  private final Map<String, Subschema> resources = new HashMap<>();
  private final Map<String, Subschema> anchors = new HashMap<>();

  SchemaDocument(String schema, SchemaWork work) {
    var json = parsed(schema);
    var nothing = JsonNodeFactory.instance.objectNode();
    var start = new SchemaPlace("#", work);
    start.spendLetters(schema.length());
    numbered.add(new Subschema(nothing, start, "", Subschema.TRUE));
    numbered.add(new Subschema(nothing, start, "", Subschema.FALSE));
    if (!json.isBoolean() && !json.isObject()) {
      throw new GrammarException("a JSON Schema is an object, true or false, and this is not");
    }
    root = schema(json, start, "");
    resources.putIfAbsent("", root);
    referencesStandAlone =
        root.has("$schema") && root.get("$schema").asString("").matches(".*draft-0[3-7].*");
    findNames();
  }

  private static JsonNode parsed(String schema) {
    try {
      return MAPPER.readTree(schema);
    } catch (StreamConstraintsException tooLarge) {
      throw new GrammarException(
          ("the JSON Schema nests deeper than %d levels, or has a number of more than 1000 digits:"
                  + " put parts of it under $defs")
              .formatted(DEEPEST));
    } catch (JacksonException broken) {
      throw new GrammarException("the JSON Schema is broken JSON: " + JsonProblem.of(broken));
    }
  }

  /// A value as JSON.
  static String text(JsonNode value) {
    return MAPPER.writeValueAsString(value);
  }

  /// A one-line text, whatever names and patterns a schema contains.
  static GrammarException wrong(SchemaPlace where, String problem) {
    return new GrammarException(
        "JSON Schema %s: %s".formatted(line(where.pointer(), 100), line(problem, 400)));
  }

  /// At most about `most` characters, with the middle elided.
  private static String line(String text, int most) {
    var line = text.replaceAll("[\\p{Cntrl}\\u2028\\u2029]", "?");
    return line.length() <= most
        ? line
        : line.substring(0, most / 2) + "…" + line.substring(line.length() - most / 2);
  }

  Subschema root() {
    return root;
  }

  Subschema numbered(int number) {
    return numbered.get(number);
  }

  /// A schema below `parent`, or derived from one.
  Subschema child(Subschema parent, JsonNode json, String step) {
    if (json instanceof ObjectNode object && known.containsKey(object)) {
      return known.get(object); // before its path is put together again
    }
    var place = step.isEmpty() ? parent.path() : parent.path().at(parent.path() + step);
    return schema(json, place, parent.base());
  }

  private Subschema schema(JsonNode json, SchemaPlace path, String base) {
    if (json.isBoolean()) {
      return numbered.get(json.booleanValue() ? Subschema.TRUE : Subschema.FALSE);
    }
    if (!(json instanceof ObjectNode object)) {
      throw wrong(path, "a schema is an object, true or false");
    }
    var seen = known.get(object);
    if (seen == null) {
      path.spendLetters(path.pointer().length()); // each has its own
      var own = object.get("$id");
      boolean isResource = own != null && own.isString() && !own.asString().startsWith("#");
      seen =
          new Subschema(
              object, path, isResource ? resolved(base, own.asString()) : base, numbered.size());
      numbered.add(seen);
      known.put(object, seen);
      if (isResource) {
        resources.putIfAbsent(withoutFragment(seen.base()), seen);
      }
    }
    return seen;
  }

  private static String withoutFragment(String identifier) {
    int hash = identifier.indexOf('#');
    return hash < 0 ? identifier : identifier.substring(0, hash);
  }

  private static String resolved(String base, String reference) {
    try {
      return base.isEmpty() ? reference : URI.create(base).resolve(reference).toString();
    } catch (IllegalArgumentException unreadable) {
      return reference;
    }
  }

  /// Registers `$id` and `$anchor`, wherever a schema is.
  private void findNames() {
    var left = new ArrayList<Subschema>();
    left.add(root);
    while (!left.isEmpty()) {
      var schema = left.removeLast();
      for (var keyword : List.of("$anchor", "$dynamicAnchor")) {
        if (schema.has(keyword) && schema.get(keyword).isString()) {
          anchors.putIfAbsent(
              withoutFragment(schema.base()) + "#" + schema.get(keyword).asString(), schema);
        }
      }
      var id = schema.get("$id");
      if (id != null && id.asString("").startsWith("#")) {
        anchors.putIfAbsent(withoutFragment(schema.base()) + id.asString(), schema); // draft 7
      }
      left.addAll(below(schema, false));
    }
  }

  /// The schemas in the keywords of `schema`.
  ///
  /// @param inPlace only those that apply to the same value
  private List<Subschema> below(Subschema schema, boolean inPlace) {
    var below = new ArrayList<Subschema>();
    for (var property : schema.json().properties()) {
      var keyword = property.getKey();
      var value = property.getValue();
      if (inPlace && !IN_PLACE.contains(keyword)) {
        continue;
      }
      if (value.isObject() && OF_ONE.contains(keyword)) {
        below.add(child(schema, value, "/" + keyword));
      } else if (value.isArray() && OF_LIST.contains(keyword)) {
        int i = 0;
        for (var item : value) {
          if (item.isObject()) {
            below.add(child(schema, item, "/" + keyword + "/" + i));
          }
          i++;
        }
      } else if (value.isObject() && OF_NAMES.contains(keyword)) {
        for (var named : value.properties()) {
          if (named.getValue().isObject()) {
            below.add(child(schema, named.getValue(), "/" + keyword + "/" + named.getKey()));
          }
        }
      }
    }
    return below;
  }

  /// Whether only the `$ref` of this schema counts.
  boolean standsAlone(Subschema schema) {
    return referencesStandAlone && schema.has("$ref");
  }

  /// The target of this schema's `$ref`.
  Subschema target(Subschema schema) {
    if (!schema.get("$ref").isString()) {
      throw wrong(schema.path(), "'$ref' is not a string");
    }
    var reference = schema.get("$ref").asString();
    int hash = reference.indexOf('#');
    var document = hash < 0 ? reference : reference.substring(0, hash);
    var fragment = hash < 0 ? "" : reference.substring(hash + 1);
    var base = withoutFragment(schema.base());
    var identifier = document.isEmpty() ? base : withoutFragment(resolved(base, document));
    var resource = resources.get(identifier);
    if (resource == null) {
      throw wrong(
          schema.path(),
          "$ref '%s' is in another document: put it under $defs".formatted(reference));
    }
    var found =
        fragment.isEmpty() || fragment.startsWith("/")
            ? pointed(resource, fragment)
            : Optional.ofNullable(anchors.get(identifier + "#" + fragment));
    return found.orElseThrow(
        () -> wrong(schema.path(), "$ref '%s' leads nowhere".formatted(reference)));
  }

  private Optional<Subschema> pointed(Subschema resource, String fragment) {
    String pointer;
    try {
      pointer = URLDecoder.decode(fragment.replace("+", "%2B"), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException unreadable) {
      return Optional.empty();
    }
    JsonNode found = resource.json();
    var base = resource.base();
    var steps = pointer.split("/", -1);
    for (int i = 1; i < steps.length; i++) {
      var step = steps[i].replace("~1", "/").replace("~0", "~");
      found =
          found.isArray() && step.matches("[0-9]{1,9}")
              ? found.get(Integer.parseInt(step))
              : found.get(step);
      if (found == null) {
        return Optional.empty();
      }
      if (found instanceof ObjectNode object && known.containsKey(object)) {
        base = known.get(object).base();
      }
    }
    return Optional.of(schema(found, root.path().at("#" + pointer), base));
  }

  /// Refuses schemas that refer to themselves for the same value.
  void refuseCycles() {
    var done = new boolean[2];
    var left = new ArrayList<Subschema>();
    left.add(root);
    while (!left.isEmpty()) {
      var start = left.removeLast();
      if (start.number() < done.length && done[start.number()]) {
        continue;
      }
      done = searchedForCycles(start, done, left);
    }
  }

  /// Depth-first search from `start` over schemas of the same value; the others are added to
  /// `others`.
  private boolean[] searchedForCycles(Subschema start, boolean[] before, List<Subschema> others) {
    var done = before;
    var path = new ArrayList<Subschema>();
    var nexts = new ArrayList<List<Subschema>>();
    var onPath = new LinkedHashSet<Integer>();
    var entered = start;
    while (true) {
      path.add(entered);
      onPath.add(entered.number());
      nexts.add(inPlace(entered));
      others.addAll(below(entered, false));
      while (nexts.getLast().isEmpty()) {
        var left = path.removeLast();
        nexts.removeLast();
        onPath.remove(left.number());
        if (left.number() >= done.length) {
          done = java.util.Arrays.copyOf(done, Math.max(numbered.size(), 2 * done.length));
        }
        done[left.number()] = true;
        if (path.isEmpty()) {
          return done;
        }
      }
      entered = nexts.getLast().removeLast();
      if (onPath.contains(entered.number())) {
        throw wrong(entered.path(), "this schema holds where it holds itself: it leads in circles");
      }
      if (entered.number() < done.length && done[entered.number()]) {
        entered = numbered.get(Subschema.TRUE);
      }
    }
  }

  private List<Subschema> inPlace(Subschema schema) {
    var inPlace = new ArrayList<>(standsAlone(schema) ? List.of() : below(schema, true));
    if (schema.has("$ref")) {
      inPlace.add(target(schema));
    }
    return inPlace;
  }

  /// The types that `type` allows, integers counting as numbers.
  EnumSet<JsonKind> kinds(Subschema schema) {
    if (!schema.has("type")) {
      return EnumSet.allOf(JsonKind.class);
    }
    var kinds = EnumSet.noneOf(JsonKind.class);
    for (var name : typeNames(schema)) {
      kinds.add(
          JsonKind.named(name)
              .orElseThrow(
                  () -> wrong(schema.path(), "the type '%s' is not known".formatted(name))));
    }
    return kinds;
  }

  /// Whether `type` allows only integers among the numbers.
  static boolean onlyIntegers(Subschema schema) {
    return schema.has("type")
        && typeNames(schema).contains("integer")
        && !typeNames(schema).contains("number");
  }

  static Set<String> typeNames(Subschema schema) {
    var names = new LinkedHashSet<String>();
    var type = schema.get("type");
    for (var name : type.isArray() ? type : List.of(type)) {
      if (!name.isString()) {
        throw wrong(schema.path(), "'type' is neither a type name nor a list of type names");
      }
      names.add(name.asString());
    }
    return names;
  }

  /// The schemas in a list.
  List<Subschema> list(Subschema schema, String keyword) {
    var list = new ArrayList<Subschema>();
    schema.path().spend(schema.get(keyword).size());
    for (var item : values(schema, keyword)) {
      list.add(child(schema, item, "/" + keyword + "/" + list.size()));
    }
    return list;
  }

  /// The elements of a list that is present.
  static List<JsonNode> values(Subschema schema, String keyword) {
    var values = schema.get(keyword);
    if (!values.isArray()) {
      throw wrong(schema.path(), "'%s' is not a list".formatted(keyword));
    }
    var list = new ArrayList<JsonNode>();
    values.forEach(list::add);
    return list;
  }

  /// The schemas by name of `properties` and the like; none without the keyword.
  Map<String, Subschema> named(Subschema schema, String keyword) {
    var named = new LinkedHashMap<String, Subschema>();
    if (!schema.has(keyword)) {
      return named;
    }
    if (!schema.get(keyword).isObject()) {
      throw wrong(schema.path(), "'%s' is not an object".formatted(keyword));
    }
    schema.path().spend(schema.get(keyword).size());
    for (var property : schema.get(keyword).properties()) {
      var name = property.getKey();
      if (!property.getValue().isArray()) { // a list of names in `dependencies`
        named.put(name, child(schema, property.getValue(), "/" + keyword + "/" + name));
      }
    }
    return named;
  }

  Optional<Subschema> single(Subschema schema, String keyword) {
    return schema.has(keyword)
        ? Optional.of(child(schema, schema.get(keyword), "/" + keyword))
        : Optional.empty();
  }

  /// A list of names such as `required`; none if absent (or true, in draft 3).
  static Set<String> names(Subschema schema, String keyword) {
    if (!schema.has(keyword) || schema.get(keyword).isBoolean()) {
      return Set.of();
    }
    return names(schema, schema.get(keyword), keyword);
  }

  static Set<String> names(Subschema schema, JsonNode list, String keyword) {
    var names = new LinkedHashSet<String>();
    if (!list.isArray()) {
      throw wrong(schema.path(), "'%s' is not a list of names".formatted(keyword));
    }
    for (var name : list) {
      if (!name.isString()) {
        throw wrong(schema.path(), "'%s' is not a list of names".formatted(keyword));
      }
      names.add(name.asString());
    }
    return names;
  }

  /// A count such as `minItems`.
  static OptionalInt count(Subschema schema, String keyword) {
    var value = number(schema, keyword);
    if (value.isEmpty()) {
      return OptionalInt.empty();
    }
    try {
      int count = value.get().intValueExact();
      if (count >= 0) {
        return OptionalInt.of(count);
      }
    } catch (ArithmeticException notWhole) {
      // As wrong as a negative one.
    }
    throw wrong(schema.path(), "'%s' is %s, and must be a count".formatted(keyword, value.get()));
  }

  static Optional<BigDecimal> number(Subschema schema, String keyword) {
    var value = schema.get(keyword);
    if (value == null) {
      return Optional.empty();
    }
    if (!value.isNumber()) {
      throw wrong(schema.path(), "'%s' is not a number".formatted(keyword));
    }
    var number = value.decimalValue();
    if (!isShort(number)) {
      throw wrong(
          schema.path(),
          "'%s' is a number of more than %d digits, and cannot be held: use a nearer bound"
              .formatted(keyword, MOST_DIGITS));
    }
    return Optional.of(number);
  }

  /// Whether a number, written out, is short enough to calculate with.
  static boolean isShort(BigDecimal number) {
    long whole = (long) number.precision() - number.scale();
    return number.precision() <= MOST_DIGITS
        && Math.abs(whole) <= MOST_DIGITS
        && number.scale() <= MOST_DIGITS;
  }
}
