package dev.fader.grammar;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Optional;
import java.util.function.UnaryOperator;
import tools.jackson.databind.node.ObjectNode;

/// Numbers: whole ones between any bounds; others between whole bounds.
record NumberSchema(ObjectNode schema, String where, boolean whole) {
  private static final BigDecimal LARGEST = BigDecimal.valueOf(999_999_999_999_999_999L);

  /// @param open whether the value itself is left out
  private record Bound(long value, boolean open) {
    /// Of the same numbers with the other sign.
    Bound mirrored() {
      return new Bound(-value, open);
    }
  }

  /// The name of the rule, which `add` names.
  String rule(UnaryOperator<String> add) {
    var least = bound("minimum", "exclusiveMinimum", RoundingMode.CEILING);
    var most = bound("maximum", "exclusiveMaximum", RoundingMode.FLOOR);
    if (least.isEmpty() && most.isEmpty()) {
      return whole ? "integer" : "number";
    }
    if (least.isPresent() && most.isPresent() && isNone(least.get(), most.get())) {
      throw JsonSchemaGrammar.wrong(
          where,
          "numbers from %d to %d: there are none".formatted(least.get().value, most.get().value));
    }
    return add.apply(
        whole
            ? wholeNumbers(least.map(Bound::value), most.map(Bound::value))
            : numbers(least, most));
  }

  private static boolean isNone(Bound least, Bound most) {
    return least.value > most.value || (least.value == most.value && (least.open || most.open));
  }

  /// The tighter of the two, if there is one. Of whole numbers it is one of them.
  private Optional<Bound> bound(String keyword, String exclusive, RoundingMode rounding) {
    boolean lower = rounding == RoundingMode.CEILING;
    var closed =
        Bounds.number(schema, keyword, where)
            .map(n -> new Bound(inward(n, keyword, rounding), false));
    if (!schema.has(exclusive)) {
      return closed;
    }
    var given = Bounds.number(schema, exclusive, where).orElse(BigDecimal.ZERO);
    boolean isWhole = given.stripTrailingZeros().scale() <= 0;
    var step = lower ? BigDecimal.ONE : BigDecimal.ONE.negate();
    var next = whole && isWhole ? given.add(step) : given;
    var open = new Bound(inward(next, exclusive, rounding), !whole);
    boolean openIsTighter =
        closed.isEmpty()
            || (lower ? open.value >= closed.get().value : open.value <= closed.get().value);
    return openIsTighter ? Optional.of(open) : closed;
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
  private static String numbers(Optional<Bound> least, Optional<Bound> most) {
    var zero = new Bound(0, false);
    var parts = new ArrayList<String>();
    if (least.isEmpty() || least.get().value < 0) {
      var nearest = most.filter(bound -> bound.value <= 0).map(Bound::mirrored).orElse(zero);
      parts.add("\"-\" (" + positive(nearest, least.map(Bound::mirrored)) + ")");
    }
    if (most.isEmpty() || most.get().value > 0 || (most.get().value == 0 && !most.get().open)) {
      parts.add(positive(least.filter(bound -> bound.value >= 0).orElse(zero), most));
    }
    return String.join(" | ", parts);
  }

  private static String positive(Bound least, Optional<Bound> most) {
    var parts = new ArrayList<String>();
    if (least.open) {
      parts.add("\"%d.\" [0-9]{0,15} [1-9]".formatted(least.value));
    }
    long from = least.open ? least.value + 1 : least.value;
    if (most.isEmpty()) {
      parts.add("(" + WholeNumbers.from(from) + ") fraction?");
      return String.join(" | ", parts);
    }
    long to = most.get().value;
    if (from < to) {
      parts.add("(" + WholeNumbers.digits(from, to - 1) + ") fraction?");
    }
    if (!most.get().open) {
      parts.add("\"" + to + "\" (\".\" \"0\"{1,16})?");
    }
    return String.join(" | ", parts);
  }
}
