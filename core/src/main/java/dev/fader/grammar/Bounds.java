package dev.fader.grammar;

import java.math.BigDecimal;
import java.util.Optional;
import java.util.OptionalInt;
import tools.jackson.databind.node.ObjectNode;

/// Numbers in a schema that bound something.
final class Bounds {
  private Bounds() {}

  /// A count such as `minItems`.
  static OptionalInt count(ObjectNode schema, String keyword, String where) {
    var value = number(schema, keyword, where);
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
    throw JsonSchemaGrammar.wrong(
        where, "'%s' is %s, and must be a count".formatted(keyword, value.get().toPlainString()));
  }

  static Optional<BigDecimal> number(ObjectNode schema, String keyword, String where) {
    var value = schema.get(keyword);
    if (value == null) {
      return Optional.empty();
    }
    if (!value.isNumber()) {
      throw JsonSchemaGrammar.wrong(where, "'%s' is no number".formatted(keyword));
    }
    var number = value.decimalValue();
    if (number.precision() > 100 || Math.abs((long) number.scale()) > 1000) {
      throw JsonSchemaGrammar.wrong(where, "'%s' has too many digits".formatted(keyword));
    }
    return Optional.of(number);
  }
}
