package dev.fader.grammar.schema;

import dev.fader.grammar.CodePoints;
import dev.fader.grammar.schema.CharacterAutomaton.Step;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/// The numeric constraints of schemas as an exact automaton over decimal digits.
///
/// Numbers have no exponent and, unless a bound needs more, at most 15 digits, so that readers with
/// 64-bit floating point agree on the order.
final class NumberConstraints {
  private static final int DIGITS = 15;

  /// A limit on the states of a remainder for each digit.
  private static final int LARGE_STEP = 64;

  private static final int LARGEST_STEP = 1000;

  private NumberConstraints() {}

  /// A condition on a number, checked digit by digit.
  private interface Condition {
    int START = 0;

    /// The state after a character; -1 if no number with this prefix satisfies it.
    int next(int state, char c);

    boolean holds(int state);
  }

  /// The value of `multipleOf`.
  static BigDecimal step(BigDecimal step, Subschema schema) {
    if (step.signum() <= 0) {
      throw SchemaDocument.wrong(
          schema.path(), "'multipleOf' is %s, and must be above 0".formatted(step));
    }
    return step.stripTrailingZeros();
  }

  /// The numbers that satisfy all schemas; `avoided` are those that `not` excludes.
  static Production production(Collection<Subschema> schemas, List<Subschema> avoided) {
    var range = NumberRange.ALL;
    boolean whole = false;
    var conditions = new ArrayList<Condition>();
    int largest = 1;
    for (var schema : schemas) {
      range = range.within(schema);
      whole |= SchemaDocument.onlyIntegers(schema);
      var step = SchemaDocument.number(schema, "multipleOf");
      if (step.isPresent()) {
        var multiple = new Multiple(step(step.get(), schema), true, schema.path());
        largest = Math.max(largest, multiple.modulus);
        whole |= multiple.places == 0;
        conditions.add(multiple);
      }
    }
    if (range.isEmpty()) {
      return new Production.Unsatisfiable(
          "numbers from %s to %s: there are none"
              .formatted(
                  range.least().orElseThrow().number(), range.most().orElseThrow().number()));
    }
    for (var schema : avoided) {
      if (schema.has("multipleOf")) {
        var step = SchemaDocument.number(schema, "multipleOf").orElseThrow();
        var multiple = new Multiple(step(step, schema), false, schema.path());
        largest = Math.max(largest, multiple.modulus);
        conditions.add(multiple);
      } else if (schema.has("enum")) {
        for (var value : SchemaDocument.values(schema, "enum")) {
          if (value.isNumber() && SchemaDocument.isShort(value.decimalValue())) {
            conditions.add(new Order(value.decimalValue(), true, false, true));
          }
        }
      }
    }
    int digits = DIGITS;
    for (var bound : List.of(range.least(), range.most())) {
      if (bound.isPresent()) {
        var number = bound.get().number().stripTrailingZeros();
        int written =
            Math.max(1, number.precision() - number.scale()) + Math.max(0, number.scale());
        digits = Math.max(digits, written + 1);
      }
    }
    range
        .least()
        .ifPresent(bound -> conditions.add(new Order(bound.number(), false, !bound.open(), true)));
    range
        .most()
        .ifPresent(bound -> conditions.add(new Order(bound.number(), true, !bound.open(), false)));
    if (conditions.isEmpty()) {
      return new Production.Rule(whole ? "integer" : "number");
    }
    conditions.addFirst(new Spelling(whole, largest > LARGE_STEP ? 0 : digits));
    var where = schemas.iterator().next().path();
    var texts = automaton(conditions, where);
    return texts.isEmpty()
        ? new Production.Unsatisfiable("no number satisfies its bounds and steps together")
        : new Production.Characters(texts, false);
  }

  private static CharacterAutomaton automaton(List<Condition> conditions, SchemaPlace where) {
    var start = new ArrayList<Integer>();
    conditions.forEach(condition -> start.add(Condition.START));
    return CharacterAutomaton.<List<Integer>>explored(
        start,
        states -> {
          for (int i = 0; i < conditions.size(); i++) {
            if (!conditions.get(i).holds(states.get(i))) {
              return false;
            }
          }
          return true;
        },
        states -> {
          var steps = new ArrayList<Step<List<Integer>>>();
          for (char c : "-.0123456789".toCharArray()) {
            var nexts = new ArrayList<Integer>();
            for (int i = 0; i < conditions.size(); i++) {
              int next = conditions.get(i).next(states.get(i), c);
              if (next < 0) {
                break;
              }
              nexts.add(next);
            }
            where.spend(1L + nexts.size());
            if (nexts.size() == conditions.size()) {
              steps.add(new Step<>(CodePoints.of(c, c), nexts));
            }
          }
          return steps;
        },
        where);
  }

  /// A JSON number without an exponent and without a negative zero.
  ///
  /// @param most maximum number of digits, 0 for unlimited in integers
  private record Spelling(boolean whole, int most) implements Condition {
    private static final int SIGNED = 1;
    private static final int ZERO = 2;
    private static final int NEGATIVE_ZERO = 3;
    private static final int WHOLE = 4;
    private static final int POINT = 5; // a digit must follow
    private static final int NEGATIVE_POINT = 6; // and one of them that is not 0
    private static final int FRACTION = 7;
    private static final int NEGATIVE_FRACTION = 8;
    private static final int PHASES = 9;

    @Override
    public int next(int state, char c) {
      int phase = state % PHASES;
      int digits = state / PHASES;
      if (c == '-') {
        return phase == START ? SIGNED : -1;
      }
      if (c == '.') {
        if (whole) {
          return -1;
        }
        return switch (phase) {
          case ZERO, WHOLE -> POINT + PHASES * digits;
          case NEGATIVE_ZERO -> NEGATIVE_POINT + PHASES * digits;
          default -> -1;
        };
      }
      if (digits == most && (most > 0 || phase >= POINT)) {
        return -1;
      }
      int after =
          switch (phase) {
            case START -> c == '0' ? ZERO : WHOLE;
            case SIGNED -> c == '0' ? NEGATIVE_ZERO : WHOLE;
            case WHOLE -> WHOLE;
            case POINT, FRACTION -> FRACTION;
            case NEGATIVE_POINT, NEGATIVE_FRACTION -> c == '0' ? NEGATIVE_FRACTION : FRACTION;
            default -> -1;
          };
      return after < 0 ? -1 : after + PHASES * (most > 0 ? digits + 1 : 0);
    }

    @Override
    public boolean holds(int state) {
      int phase = state % PHASES;
      return phase == ZERO || phase == WHOLE || phase == FRACTION;
    }
  }

  /// Compares a number with a bound.
  private static final class Order implements Condition {
    private static final int EQUAL = 1; // negative if less, positive if greater

    private final boolean negative;
    private final String whole;
    private final String fraction;
    private final boolean below;
    private final boolean at;
    private final boolean above;

    Order(BigDecimal number, boolean below, boolean at, boolean above) {
      negative = number.signum() < 0;
      var digits = number.abs().stripTrailingZeros().toPlainString();
      int point = digits.indexOf('.');
      whole = point < 0 ? digits : digits.substring(0, point);
      fraction = point < 0 ? "" : digits.substring(point + 1);
      this.below = below;
      this.at = at;
      this.above = above;
    }

    private int state(boolean minus, boolean pastPoint, int count, int order) {
      return 1 + (minus ? 1 : 0) + 2 * (pastPoint ? 1 : 0) + 4 * order + 12 * count;
    }

    @Override
    public int next(int state, char c) {
      if (state == START) {
        return c == '-' ? state(true, false, 0, EQUAL) : next(state(false, false, 0, EQUAL), c);
      }
      boolean minus = (state - 1) % 2 == 1;
      boolean pastPoint = (state - 1) / 2 % 2 == 1;
      int order = (state - 1) / 4 % 3;
      int count = (state - 1) / 12;
      if (c == '.') {
        return state(minus, true, 0, integerOrder(order, count));
      }
      if (c == '-') {
        return -1;
      }
      if (pastPoint) {
        char other = count < fraction.length() ? fraction.charAt(count) : '0';
        int next = order == EQUAL ? EQUAL + Integer.signum(c - other) : order;
        return state(minus, true, Math.min(count + 1, fraction.length()), next);
      }
      if (count >= whole.length()) {
        return state(minus, false, whole.length() + 1, EQUAL + 1);
      }
      int next = order == EQUAL ? EQUAL + Integer.signum(c - whole.charAt(count)) : order;
      return state(minus, false, count + 1, next);
    }

    /// Compares integer parts: the longer one is greater.
    private int integerOrder(int order, int count) {
      return count < whole.length() ? EQUAL - 1 : count > whole.length() ? EQUAL + 1 : order;
    }

    @Override
    public boolean holds(int state) {
      if (state == START) {
        return false;
      }
      boolean minus = (state - 1) % 2 == 1;
      boolean pastPoint = (state - 1) / 2 % 2 == 1;
      int count = (state - 1) / 12;
      int order = (state - 1) / 4 % 3;
      if (!pastPoint) {
        order = integerOrder(order, count);
        count = 0;
      }
      if (order == EQUAL && count < fraction.length()) {
        order = EQUAL - 1;
      }
      int compared = minus == negative ? (minus ? EQUAL - order : order - EQUAL) : minus ? -1 : 1;
      return compared < 0 ? below : compared > 0 ? above : at;
    }
  }

  /// Multiples of a step, or their complement: a step of `modulus` x 10^`zeros`, or of `modulus` at
  /// the last of `places` decimal places.
  private static final class Multiple implements Condition {
    private final int modulus;
    private final int zeros;
    private final int places;
    private final boolean wanted;

    Multiple(BigDecimal step, boolean wanted, SchemaPlace where) {
      places = Math.max(0, step.scale());
      zeros = Math.max(0, -step.scale());
      this.wanted = wanted;
      var unscaled = step.unscaledValue();
      if (unscaled.compareTo(BigInteger.valueOf(LARGEST_STEP)) > 0 || places > DIGITS) {
        throw SchemaDocument.wrong(
            where,
            "'multipleOf' %s cannot be held: at most %d at its last digit that is not 0"
                .formatted(step, LARGEST_STEP));
      }
      modulus = unscaled.intValueExact();
    }

    /// States: before the decimal point the remainder of the digits before the trailing zeros, and
    /// the number of those (up to [#zeros]); after it the remainder and the place; last, not a
    /// multiple.
    private int state(boolean pastPoint, int count, int remainder) {
      return 1 + (pastPoint ? 1 : 0) + 2 * (count + (Math.max(zeros, places) + 1) * remainder);
    }

    private int none() {
      return state(true, Math.max(zeros, places), modulus);
    }

    /// The number 0, whose digit is not a trailing zero.
    private int zero() {
      return none() + 1;
    }

    @Override
    public int next(int state, char c) {
      if (c == '-') {
        return START;
      }
      if (state == none()) {
        return state;
      }
      if (state == START && c == '0') {
        return zero();
      }
      if (state == zero()) {
        return c == '.' ? state(true, places > 0 ? 0 : zeros, 0) : -1;
      }
      int coded = state == START ? 0 : (state - 1) / 2;
      boolean pastPoint = state != START && (state - 1) % 2 == 1;
      int count = coded % (Math.max(zeros, places) + 1);
      int remainder = coded / (Math.max(zeros, places) + 1);
      int digit = c - '0';
      if (c == '.') {
        if (zeros == 0 && places > 0) {
          return state(true, 0, remainder);
        }
        // Integer steps: zeros may follow a multiple.
        return holdsAt(false, count, remainder) ? state(true, count, remainder) : none();
      }
      if (pastPoint) {
        if (places == 0 || count == places) {
          return digit == 0 ? state : none();
        }
        return state(true, count + 1, (10 * remainder + digit) % modulus);
      }
      if (digit == 0 && count < zeros) {
        return state(false, count + 1, remainder);
      }
      if (digit == 0) {
        return state(false, zeros, 10 * remainder % modulus);
      }
      int whole = remainder;
      for (int i = 0; i < count; i++) {
        whole = 10 * whole % modulus;
      }
      return state(false, 0, (10 * whole + digit) % modulus);
    }

    private boolean holdsAt(boolean pastPoint, int count, int remainder) {
      if (zeros > 0) {
        return remainder == 0 && (count == zeros);
      }
      long scaled = remainder;
      for (int i = pastPoint ? count : 0; i < places; i++) {
        scaled = 10 * scaled % modulus;
      }
      return scaled % modulus == 0;
    }

    @Override
    public boolean holds(int state) {
      if (state == START) {
        return false;
      }
      if (state == none() || state == zero()) {
        return (state == zero()) == wanted;
      }
      int coded = (state - 1) / 2;
      boolean pastPoint = (state - 1) % 2 == 1;
      int count = coded % (Math.max(zeros, places) + 1);
      int remainder = coded / (Math.max(zeros, places) + 1);
      return holdsAt(pastPoint, count, remainder) == wanted;
    }
  }
}
