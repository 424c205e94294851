package dev.fader.grammar;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Optional;
import java.util.function.UnaryOperator;
import tools.jackson.databind.node.ObjectNode;

/// Numbers: whole ones between any bounds; others between whole bounds that are inclusive.
record NumberSchema(ObjectNode schema, String where, boolean whole) {
  private static final BigDecimal LARGEST = BigDecimal.valueOf(999_999_999_999_999_999L);

  /// The name of the rule, which `add` names.
  String rule(UnaryOperator<String> add) {
    var least = bound("minimum", "exclusiveMinimum", RoundingMode.CEILING, BigDecimal.ONE);
    var most = bound("maximum", "exclusiveMaximum", RoundingMode.FLOOR, BigDecimal.ONE.negate());
    if (least.isEmpty() && most.isEmpty()) {
      return whole ? "integer" : "number";
    }
    if (least.isPresent() && most.isPresent() && least.get() > most.get()) {
      throw JsonSchemaGrammar.wrong(
          where, "numbers from %d to %d: there are none".formatted(least.get(), most.get()));
    }
    return add.apply(whole ? wholeNumbers(least, most) : numbers(least, most));
  }

  private Optional<Long> bound(
      String keyword, String exclusive, RoundingMode rounding, BigDecimal step) {
    var inclusive = Bounds.number(schema, keyword, where).map(n -> inward(n, keyword, rounding));
    if (!schema.has(exclusive)) {
      return inclusive;
    }
    if (!whole) {
      throw JsonSchemaGrammar.wrong(
          where,
          "'%s' of numbers that are not whole cannot be held: use '%s'"
              .formatted(exclusive, keyword));
    }
    var bound = Bounds.number(schema, exclusive, where).orElse(BigDecimal.ZERO);
    var next = bound.add(step);
    boolean isWhole = bound.stripTrailingZeros().scale() <= 0;
    long open = inward(isWhole ? next : bound, exclusive, rounding);
    if (inclusive.isEmpty()) {
      return Optional.of(open);
    }
    return Optional.of(
        step.signum() > 0 ? Math.max(open, inclusive.get()) : Math.min(open, inclusive.get()));
  }

  private long inward(BigDecimal bound, String keyword, RoundingMode rounding) {
    if (bound.abs().compareTo(LARGEST) > 0) {
      throw JsonSchemaGrammar.wrong(where, "'%s' has more than 18 digits".formatted(keyword));
    }
    var rounded = bound.setScale(0, rounding);
    if (!whole && rounded.compareTo(bound) != 0) {
      throw JsonSchemaGrammar.wrong(
          where,
          "'%s' %s of numbers that are not whole cannot be held: use a whole bound"
              .formatted(keyword, bound.toPlainString()));
    }
    return rounded.longValueExact();
  }

  private static String wholeNumbers(Optional<Long> least, Optional<Long> most) {
    if (least.isPresent() && most.isPresent()) {
      return WholeNumbers.between(least.get(), most.get());
    }
    if (least.isPresent()) {
      return least.get() >= 0
          ? WholeNumbers.from(least.get())
          : "\"-\" (" + WholeNumbers.digits(1, -least.get()) + ") | " + WholeNumbers.from(0);
    }
    long top = most.orElse(0L);
    return top < 0
        ? "\"-\" (" + WholeNumbers.from(-top) + ")"
        : "\"-\" (" + WholeNumbers.from(1) + ") | " + WholeNumbers.digits(0, top);
  }

  /// Negative ones are the positive ones between the mirrored bounds.
  private static String numbers(Optional<Long> least, Optional<Long> most) {
    var text = new StringBuilder();
    if (least.isEmpty() || least.get() < 0) {
      long nearest = Math.max(0, -most.orElse(0L));
      text.append("\"-\" (").append(positive(nearest, least.map(n -> -n))).append(")");
    }
    if (most.isEmpty() || most.get() >= 0) {
      text.append(text.isEmpty() ? "" : " | ");
      text.append(positive(Math.max(0, least.orElse(0L)), most));
    }
    return text.toString();
  }

  private static String positive(long least, Optional<Long> most) {
    if (most.isEmpty()) {
      return "(" + WholeNumbers.from(least) + ") fraction?";
    }
    var largest = "\"" + most.get() + "\" (\".\" \"0\"{1,16})?";
    return least == most.get()
        ? largest
        : "(" + WholeNumbers.digits(least, most.get() - 1) + ") fraction? | " + largest;
  }
}
