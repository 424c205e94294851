package dev.fader.grammar.schema;

import dev.fader.grammar.schema.SchemaEvaluation.Answer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What one schema says of each member of an object: `properties`, `patternProperties`, and
/// `additionalProperties`, which speaks of those that the two beside it do not name.
final class PropertySchemas {
  private final Map<String, Subschema> properties;
  private final Map<EcmaPattern.Texts, Subschema> patterns = new LinkedHashMap<>();
  private final Optional<Subschema> additional;

  PropertySchemas(SchemaDocument document, StringConstraints texts, Subschema schema) {
    properties = document.named(schema, "properties");
    document
        .named(schema, "patternProperties")
        .forEach((pattern, value) -> patterns.put(texts.pattern(pattern, schema), value));
    additional = document.single(schema, "additionalProperties");
  }

  /// The names that it knows, in their order.
  Map<String, Subschema> properties() {
    return properties;
  }

  Map<EcmaPattern.Texts, Subschema> patterns() {
    return patterns;
  }

  Optional<Subschema> additional() {
    return additional;
  }

  /// What holds of the member with this name; where engines differ on whether a pattern is found in
  /// it, both what follows if it is and if it is not.
  List<Subschema> of(String name) {
    var schemas = new ArrayList<Subschema>();
    boolean named = properties.containsKey(name);
    if (named) {
      schemas.add(properties.get(name));
    }
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
