package dev.fader.grammar.schema;

import java.math.BigDecimal;
import java.util.Optional;

/// An interval of numbers.
record NumberRange(Optional<Bound> least, Optional<Bound> most) {
  static final NumberRange ALL = new NumberRange(Optional.empty(), Optional.empty());

  /// @param open whether the bound itself is excluded
  record Bound(BigDecimal number, boolean open) {}

  /// Intersects with the bounds of a schema, in the notation of any draft.
  NumberRange within(Subschema schema) {
    return new NumberRange(
        tighter(tighter(least, closed(schema, "minimum"), 1), exclusive(schema, true), 1),
        tighter(tighter(most, closed(schema, "maximum"), -1), exclusive(schema, false), -1));
  }

  private static Optional<Bound> closed(Subschema schema, String keyword) {
    return SchemaDocument.number(schema, keyword).map(number -> new Bound(number, false));
  }

  /// A number, or in draft 4 `true` beside the other bound.
  private static Optional<Bound> exclusive(Subschema schema, boolean lower) {
    var keyword = lower ? "exclusiveMinimum" : "exclusiveMaximum";
    if (schema.has(keyword) && schema.get(keyword).isBoolean()) {
      return SchemaEvaluation.isTrue(schema, keyword)
          ? SchemaDocument.number(schema, lower ? "minimum" : "maximum")
              .map(number -> new Bound(number, true))
          : Optional.empty();
    }
    return SchemaDocument.number(schema, keyword).map(number -> new Bound(number, true));
  }

  private static Optional<Bound> tighter(Optional<Bound> first, Optional<Bound> second, int sign) {
    if (first.isEmpty() || second.isEmpty()) {
      return first.isEmpty() ? second : first;
    }
    int order = sign * first.get().number.subtract(second.get().number).signum();
    return order > 0 || (order == 0 && first.get().open) ? first : second;
  }

  boolean has(BigDecimal number) {
    int above = least.map(bound -> number.compareTo(bound.number)).orElse(1);
    int below = most.map(bound -> bound.number.compareTo(number)).orElse(1);
    return (above > 0 || (above == 0 && !least.orElseThrow().open))
        && (below > 0 || (below == 0 && !most.orElseThrow().open));
  }

  /// Whether it surely contains no number.
  boolean isEmpty() {
    if (least.isEmpty() || most.isEmpty()) {
      return false;
    }
    int order = least.get().number.compareTo(most.get().number);
    return order > 0 || (order == 0 && (least.get().open || most.get().open));
  }
}
