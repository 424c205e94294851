package dev.fader.grammar.schema;

import dev.fader.grammar.schema.SchemaEvaluation.Answer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The schemas of an object's members by `properties`, `patternProperties` and
/// `additionalProperties`, which applies to members that the other two do not match.
final class PropertySchemas {
  private final Map<String, Subschema> properties;
  private final Map<EcmaPattern.Texts, Subschema> patterns = new LinkedHashMap<>();
  private final Optional<Subschema> additional;
  private final SchemaPlace place;

  PropertySchemas(SchemaDocument document, StringConstraints texts, Subschema schema) {
    place = schema.path();
    properties = document.named(schema, "properties");
    document
        .named(schema, "patternProperties")
        .forEach((pattern, value) -> patterns.put(texts.pattern(pattern, schema), value));
    additional = document.single(schema, "additionalProperties");
  }

  /// The known names, in order.
  Map<String, Subschema> properties() {
    return properties;
  }

  Map<EcmaPattern.Texts, Subschema> patterns() {
    return patterns;
  }

  Optional<Subschema> additional() {
    return additional;
  }

  /// The schemas of the member with this name; if engines differ on whether a pattern matches it,
  /// those for both outcomes.
  List<Subschema> of(String name) {
    var schemas = new ArrayList<Subschema>();
    boolean named = properties.containsKey(name);
    if (named) {
      schemas.add(properties.get(name));
    }
    place.spend((long) patterns.size() * (1 + name.length()));
    for (var pattern : patterns.entrySet()) {
      var answer = SchemaEvaluation.matches(pattern.getKey(), name);
      if (answer != Answer.NO) {
        schemas.add(pattern.getValue());
      }
      named |= answer == Answer.YES;
    }
    if (!named) {
      additional.ifPresent(schemas::add);
    }
    return schemas;
  }
}
