package dev.fader.grammar.schema;

import java.util.List;
import tools.jackson.databind.JsonNode;

/// One of the ways in which a schema lets a value be written. Schemas within it are numbers of
/// [JsonSchemaGrammar], which knows them all.
sealed interface Production {
  /// None, and why.
  record Unsatisfiable(String reason) implements Production {}

  /// What a rule, or an expression that needs no parentheses, says.
  record Rule(String expression) implements Production {}

  /// Texts, in quotes or, for numbers, as they are.
  record Characters(CharacterAutomaton texts, boolean quoted) implements Production {}

  /// These values.
  record Values(List<JsonNode> values) implements Production {}

  /// What another schema allows.
  record Reference(int schema) implements Production {}

  /// An array.
  ///
  /// @param firsts the schemas of the first items
  /// @param rest that of all others
  record ArrayOf(List<Integer> firsts, int rest, int least, int most, boolean unique)
      implements Production {
    public ArrayOf {
      firsts = List.copyOf(firsts);
    }
  }

  /// A member of an object with a name that is known.
  record Property(String name, int schema, boolean required) {}

  /// Properties with any of these names.
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
