package dev.fader.grammar.schema;

import java.util.List;
import tools.jackson.databind.JsonNode;

/// One of the ways to write a value of a schema. Nested schemas are indices in [JsonSchemaGrammar].
sealed interface Production {
  /// No value, and why.
  record Unsatisfiable(String reason) implements Production {}

  /// A reference to a rule, or an expression that needs no parentheses.
  record Rule(String expression) implements Production {}

  /// Texts, in quotes or, for numbers, without.
  record Characters(CharacterAutomaton texts, boolean quoted) implements Production {}

  /// These values.
  record Values(List<JsonNode> values) implements Production {}

  /// The values of another schema.
  record Reference(int schema) implements Production {}

  /// An array.
  ///
  /// @param firsts the schemas of the first items
  /// @param rest the schema of all others
  record ArrayOf(List<Integer> firsts, int rest, int least, int most, boolean unique)
      implements Production {
    public ArrayOf {
      firsts = List.copyOf(firsts);
    }
  }

  /// A member with a known name.
  record Property(String name, int schema, boolean required) {}

  /// Members with any of these names.
  record AdditionalProperties(CharacterAutomaton names, int schema) {}

  /// An object: members in this order, then any number of others.
  record ObjectOf(List<Property> members, List<AdditionalProperties> others, int least, int most)
      implements Production {
    public ObjectOf {
      members = List.copyOf(members);
      others = List.copyOf(others);
    }
  }
}
