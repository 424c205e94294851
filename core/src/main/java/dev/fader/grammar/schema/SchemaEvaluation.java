package dev.fader.grammar.schema;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.StringNode;

/// Decides whether a known value satisfies a schema: yes, no, or unknown where validators differ
/// (`format` may be an annotation or an assertion) or an unsupported keyword decides.
final class SchemaEvaluation {
  private static final int DEEPEST = 400;

  /// The verdict of validators on a value.
  enum Answer {
    NO,
    UNSURE,
    YES;

    static Answer of(boolean yes) {
      return yes ? YES : NO;
    }

    Answer and(Supplier<Answer> other) {
      if (this == NO) {
        return NO;
      }
      var second = other.get();
      return compareTo(second) < 0 ? this : second;
    }

    Answer or(Supplier<Answer> other) {
      if (this == YES) {
        return YES;
      }
      var second = other.get();
      return compareTo(second) > 0 ? this : second;
    }

    Answer not() {
      return switch (this) {
        case NO -> YES;
        case UNSURE -> UNSURE;
        case YES -> NO;
      };
    }
  }

  private final SchemaDocument document;
  private final StringConstraints texts;
  private final IdentityHashMap<JsonNode, Map<Integer, Answer>> known = new IdentityHashMap<>();
  private final Map<Integer, Set<Object>> allowed = new HashMap<>(); // by enum
  private int depth;

  SchemaEvaluation(SchemaDocument document, StringConstraints texts) {
    this.document = document;
    this.texts = texts;
  }

  /// Whether `value` satisfies all of these.
  Answer of(JsonNode value, Iterable<Subschema> schemas) {
    var answer = Answer.YES;
    for (var schema : schemas) {
      answer = answer.and(() -> of(value, schema));
    }
    return answer;
  }

  Answer of(JsonNode value, Subschema schema) {
    if (schema.number() <= Subschema.FALSE) {
      return Answer.of(schema.number() == Subschema.TRUE);
    }
    var answers = known.computeIfAbsent(value, added -> new HashMap<>());
    var answer = answers.get(schema.number());
    if (answer == null) {
      if (++depth > DEEPEST) {
        throw SchemaDocument.wrong(
            schema.path(),
            "more than %d schemas lie within each other for one value".formatted(DEEPEST));
      }
      schema.path().spendLetters(value.isString() ? value.asString().length() : value.size());
      answer = newAnswer(value, schema);
      depth--;
      answers.put(schema.number(), answer);
    }
    return answer;
  }

  private Answer newAnswer(JsonNode value, Subschema schema) {
    if (document.standsAlone(schema)) {
      return of(value, document.target(schema));
    }
    return typed(value, schema)
        .and(() -> combined(value, schema))
        .and(() ->
            switch (JsonKind.of(value)) {
              case OBJECT -> object(value, schema);
              case ARRAY -> array(value, schema);
              case STRING -> string(value.asString(), schema);
              case NUMBER -> number(value.decimalValue(), schema);
              case BOOLEAN, NULL -> Answer.YES;
            })
        .and(() -> Answer.of(true).and(() -> beyond(schema)));
  }

  /// Unsupported keywords: only a verdict of no by the others is certain.
  private static Answer beyond(Subschema schema) {
    for (var keyword : SchemaBranches.UNREAD) {
      if (schema.has(keyword)) {
        return Answer.UNSURE;
      }
    }
    return Answer.YES;
  }

  private Answer typed(JsonNode value, Subschema schema) {
    if (!document.kinds(schema).contains(JsonKind.of(value))) {
      return Answer.NO;
    }
    boolean fraction =
        value.isNumber()
            && SchemaDocument.onlyIntegers(schema)
            && value.decimalValue().stripTrailingZeros().scale() > 0;
    if (fraction) {
      return Answer.NO;
    }
    if (value.isContainer() && (schema.has("const") || schema.has("enum"))) {
      schema.path().spend(JsonValues.nodes(value));
    }
    if (schema.has("const") && !JsonValues.same(schema.get("const"), value)) {
      return Answer.NO;
    }
    return Answer.of(!schema.has("enum") || allowed(schema).contains(JsonValues.key(value)));
  }

  private Set<Object> allowed(Subschema schema) {
    return allowed.computeIfAbsent(
        schema.number(), added -> JsonValues.keys(SchemaDocument.values(schema, "enum")));
  }

  private Answer combined(JsonNode value, Subschema schema) {
    var answer = Answer.YES;
    if (schema.has("$ref")) {
      answer = of(value, document.target(schema));
    }
    if (schema.has("allOf")) {
      answer = answer.and(() -> of(value, document.list(schema, "allOf")));
    }
    if (schema.has("anyOf")) {
      answer = answer.and(() -> any(value, document.list(schema, "anyOf")));
    }
    if (schema.has("oneOf")) {
      answer = answer.and(() -> one(value, document.list(schema, "oneOf")));
    }
    var not = document.single(schema, "not");
    if (not.isPresent()) {
      answer = answer.and(() -> of(value, not.get()).not());
    }
    var condition = document.single(schema, "if");
    if (condition.isPresent()) {
      for (var branch : List.of("then", "else")) {
        var then = document.single(schema, branch);
        if (then.isPresent()) {
          answer =
              answer.and(() -> {
                var met = of(value, condition.get());
                return (branch.equals("then") ? met.not() : met).or(() -> of(value, then.get()));
              });
        }
      }
    }
    return answer;
  }

  private Answer any(JsonNode value, List<Subschema> schemas) {
    var answer = Answer.NO;
    for (var schema : schemas) {
      answer = answer.or(() -> of(value, schema));
    }
    return answer;
  }

  private Answer one(JsonNode value, List<Subschema> schemas) {
    int sure = 0;
    int unsure = 0;
    for (var schema : schemas) {
      var answer = of(value, schema);
      sure += answer == Answer.YES ? 1 : 0;
      unsure += answer == Answer.UNSURE ? 1 : 0;
    }
    return sure > 1 || sure + unsure == 0 ? Answer.NO : unsure > 0 ? Answer.UNSURE : Answer.YES;
  }

  private Answer number(BigDecimal value, Subschema schema) {
    if (!SchemaDocument.isShort(value)) {
      return Answer.UNSURE;
    }
    var range = NumberRange.ALL.within(schema);
    if (!range.has(value)) {
      return Answer.NO;
    }
    return Answer.of(
        SchemaDocument.number(schema, "multipleOf")
            .map(step -> value.remainder(NumberConstraints.step(step, schema)).signum() == 0)
            .orElse(true));
  }

  private Answer string(String value, Subschema schema) {
    int length = value.codePointCount(0, value.length());
    boolean fits =
        length >= SchemaDocument.count(schema, "minLength").orElse(0)
            && length <= SchemaDocument.count(schema, "maxLength").orElse(Integer.MAX_VALUE);
    if (!fits) {
      return Answer.NO;
    }
    var answer = schema.has("pattern") ? matches(texts.pattern(schema), value) : Answer.YES;
    return answer.and(() ->
        texts.format(schema).map(format -> format.accepts(value)).orElse(true)
            ? Answer.YES
            : Answer.UNSURE);
  }

  /// Whether a pattern matches in a text, in all engines or in some.
  static Answer matches(EcmaPattern.Texts pattern, String text) {
    if (pattern.found().accepts(text)) {
      return Answer.YES;
    }
    return pattern.others().accepts(text) ? Answer.NO : Answer.UNSURE;
  }

  private Answer array(JsonNode value, Subschema schema) {
    boolean fits =
        value.size() >= SchemaDocument.count(schema, "minItems").orElse(0)
            && value.size() <= SchemaDocument.count(schema, "maxItems").orElse(Integer.MAX_VALUE);
    if (!fits || (isTrue(schema, "uniqueItems") && JsonValues.repeats(value))) {
      return Answer.NO;
    }
    var answer = Answer.YES;
    var items = new ItemSchemas(document, schema);
    for (int i = 0; i < value.size(); i++) {
      var item = value.get(i);
      var place = items.at(i);
      answer = answer.and(() -> of(item, place));
    }
    return answer.and(() -> contained(value, schema));
  }

  static boolean isTrue(Subschema schema, String keyword) {
    return schema.has(keyword)
        && schema.get(keyword).isBoolean()
        && schema.get(keyword).booleanValue();
  }

  private Answer contained(JsonNode value, Subschema schema) {
    var contains = document.single(schema, "contains");
    if (contains.isEmpty()) {
      return Answer.YES;
    }
    int sure = 0;
    int unsure = 0;
    for (var item : value) {
      var answer = of(item, contains.get());
      sure += answer == Answer.YES ? 1 : 0;
      unsure += answer == Answer.UNSURE ? 1 : 0;
    }
    int least = SchemaDocument.count(schema, "minContains").orElse(1);
    int most = SchemaDocument.count(schema, "maxContains").orElse(Integer.MAX_VALUE);
    if (sure >= least && sure + unsure <= most) {
      return Answer.YES;
    }
    return sure + unsure < least || sure > most ? Answer.NO : Answer.UNSURE;
  }

  private Answer object(JsonNode value, Subschema schema) {
    boolean fits =
        value.size() >= SchemaDocument.count(schema, "minProperties").orElse(0)
            && value.size()
                <= SchemaDocument.count(schema, "maxProperties").orElse(Integer.MAX_VALUE);
    if (!fits) {
      return Answer.NO;
    }
    for (var name : SchemaDocument.names(schema, "required")) {
      if (!value.has(name)) {
        return Answer.NO;
      }
    }
    var answer = Answer.YES;
    var members = new PropertySchemas(document, texts, schema);
    for (var member : value.properties()) {
      answer = answer.and(() -> of(member.getValue(), members.of(member.getKey())));
    }
    var names = document.single(schema, "propertyNames");
    if (names.isPresent()) {
      for (var name : value.propertyNames()) {
        answer = answer.and(() -> of(StringNode.valueOf(name), names.get()));
      }
    }
    return answer.and(() -> dependent(value, schema));
  }

  private Answer dependent(JsonNode value, Subschema schema) {
    var answer = Answer.YES;
    for (var keyword : List.of("dependentRequired", "dependencies")) {
      for (var needed : neededNames(schema, keyword).entrySet()) {
        if (value.has(needed.getKey())) {
          for (var name : needed.getValue()) {
            answer = answer.and(() -> missing(value.has(name), keyword));
          }
        }
      }
    }
    for (var keyword : List.of("dependentSchemas", "dependencies")) {
      for (var needed : document.named(schema, keyword).entrySet()) {
        if (value.has(needed.getKey())) {
          answer =
              answer.and(() -> {
                var met = of(value, needed.getValue());
                return met == Answer.NO ? missing(false, keyword) : met;
              });
        }
      }
    }
    return answer;
  }

  /// `dependencies` was removed in 2019-09.
  private static Answer missing(boolean isThere, String keyword) {
    return isThere ? Answer.YES : keyword.equals("dependencies") ? Answer.UNSURE : Answer.NO;
  }

  /// The names that each name requires.
  static Map<String, List<String>> neededNames(Subschema schema, String keyword) {
    var needed = new HashMap<String, List<String>>();
    if (schema.has(keyword)) {
      for (var property : schema.get(keyword).properties()) {
        if (property.getValue().isArray()) {
          needed.put(
              property.getKey(),
              new ArrayList<>(SchemaDocument.names(schema, property.getValue(), keyword)));
        }
      }
    }
    return needed;
  }
}
