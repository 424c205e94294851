package dev.fader.template.runtime;

import dev.fader.template.syntax.NumberLiteral;
import dev.fader.template.value.StringOperations;
import dev.fader.template.value.TemplateRuntimeException;
import dev.fader.template.value.Text;
import dev.fader.template.value.Value;
import dev.fader.template.value.Values;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// Filters of one value: numbers, defaults.
final class ScalarFilters {
  private static final Set<String> NO_NUMBERS =
      Set.of("inf", "infinity", "nan", "+inf", "+infinity", "+nan", "-inf", "-infinity", "-nan");

  private final Subscripts subscripts;

  ScalarFilters(Subscripts subscripts) {
    this.subscripts = subscripts;
  }

  Value apply(String name, Value value, CallArguments arguments) {
    return switch (name) {
      case "abs" -> absolute(value, arguments);
      case "attr" -> attribute(value, arguments.bind(name, "name").text("name").characters());
      case "float" ->
          real(value, arguments.bind(name, "default").get("default", new Value.Real(0)));
      case "int" -> whole(value, arguments);
      case "round" -> round(value, arguments);
      default -> otherwise(value, arguments.bind(name, "default_value", "boolean"));
    };
  }

  private static Value otherwise(Value value, CallArguments.BoundArguments bound) {
    boolean missing = value instanceof Value.Undefined;
    boolean falseToo = bound.flag("boolean", false);
    return missing || (falseToo && !value.isTrue())
        ? bound.get("default_value", Text.EMPTY)
        : value;
  }

  private static Value absolute(Value value, CallArguments arguments) {
    arguments.bind("abs");
    if (Values.defined(value) instanceof Value.Real real) {
      return new Value.Real(Math.abs(real.number()));
    }
    return Value.of(Values.integer(Values.defined(value)).abs());
  }

  private Value attribute(Value value, String name) {
    return subscripts
        .own(Values.defined(value), name)
        .orElseGet(() -> Values.undefined(value, name));
  }

  private static Value real(Value value, Value otherwise) {
    return switch (Values.defined(value)) {
      case Value.Real real -> real;
      case Value.Int _, Value.Bool _, Value.BigInt _ -> new Value.Real(Values.real(value));
      case Text text -> parsedReal(text).<Value>map(Value.Real::new).orElse(otherwise);
      default -> otherwise;
    };
  }

  /// `float(text)`
  private static Optional<Double> parsedReal(Text text) {
    var stripped =
        StringOperations.strip(text, StringOperations.Ends.BOTH)
            .characters()
            .toLowerCase(Locale.ROOT);
    if (NO_NUMBERS.contains(stripped)) {
      double number = stripped.endsWith("nan") ? Double.NaN : Double.POSITIVE_INFINITY;
      return Optional.of(stripped.startsWith("-") ? -number : number);
    }
    boolean plain =
        stripped.chars().allMatch(c -> (c >= '0' && c <= '9') || "+-._e".indexOf(c) >= 0)
            && !stripped.startsWith("_")
            && !stripped.endsWith("_")
            && !stripped.contains("__");
    try {
      return plain ? Optional.of(Double.parseDouble(stripped.replace("_", ""))) : Optional.empty();
    } catch (NumberFormatException none) {
      return Optional.empty();
    }
  }

  private static Value whole(Value value, CallArguments arguments) {
    var bound = arguments.bind("int", "default", "base");
    var otherwise = bound.get("default", Value.of(0));
    return switch (Values.defined(value)) {
      case Value.Int whole -> whole;
      case Value.BigInt large -> large;
      case Value.Bool flag -> Value.of(flag.on() ? 1 : 0);
      case Value.Real real ->
          Double.isFinite(real.number()) ? Value.of(NumberFormat.truncated(real)) : otherwise;
      case Text text -> parsedWhole(text, bound.whole("base", 10), otherwise);
      default -> otherwise;
    };
  }

  /// `int(text, base)`, or else `int(float(text))`
  private static Value parsedWhole(Text text, long base, Value otherwise) {
    var digits =
        StringOperations.strip(text, StringOperations.Ends.BOTH)
            .characters()
            .toLowerCase(Locale.ROOT);
    boolean signed = !digits.isEmpty() && "+-".indexOf(digits.charAt(0)) >= 0;
    var sign = signed ? digits.substring(0, 1) : "";
    digits = digits.substring(sign.length());
    if (base == 16 || base == 8 || base == 2) {
      var prefix = base == 16 ? "0x" : base == 8 ? "0o" : "0b";
      digits = digits.startsWith(prefix) ? digits.substring(2) : digits;
    }
    boolean underscores = digits.startsWith("_") || digits.endsWith("_") || digits.contains("__");
    if (base >= 2
        && base <= 36
        && !underscores
        && !digits.startsWith("-")
        && !digits.startsWith("+")) {
      var plain = digits.replace("_", "");
      if (!plain.isEmpty() && plain.chars().allMatch(c -> Character.digit(c, (int) base) >= 0)) {
        if (plain.length() > NumberLiteral.MOST_DIGITS) {
          throw new TemplateRuntimeException(
              "an integer has more than %d digits; use a smaller one"
                  .formatted(NumberLiteral.MOST_DIGITS));
        }
        return Value.of(new BigInteger(sign + plain, (int) base));
      }
    }
    var real = parsedReal(text).filter(Double::isFinite);
    return real.isPresent()
        ? Value.of(NumberFormat.truncated(new Value.Real(real.get())))
        : otherwise;
  }

  private static Value round(Value value, CallArguments arguments) {
    var bound = arguments.bind("round", "precision", "method");
    long precision = bound.whole("precision", 0);
    if (Math.abs(precision) > 400) {
      throw new TemplateRuntimeException(
          "round() to %d digits; ask for fewer".formatted(precision));
    }
    var method = bound.text("method", Text.own("common")).characters();
    var mode =
        switch (method) {
          case "common" -> RoundingMode.HALF_EVEN;
          case "ceil" -> RoundingMode.CEILING;
          case "floor" -> RoundingMode.FLOOR;
          default -> throw new TemplateRuntimeException("method must be common, ceil or floor");
        };
    if (mode == RoundingMode.HALF_EVEN) {
      return common(Values.defined(value), (int) precision);
    }
    double scale = Math.pow(10, (double) precision);
    double scaled = Values.real(value) * scale;
    double rounded = mode == RoundingMode.CEILING ? Math.ceil(scaled) : Math.floor(scaled);
    return new Value.Real(rounded / scale);
  }

  private static Value common(Value value, int precision) {
    if (value instanceof Value.Real real) {
      if (!Double.isFinite(real.number())) {
        return real;
      }
      double rounded =
          new BigDecimal(real.number()).setScale(precision, RoundingMode.HALF_EVEN).doubleValue();
      return new Value.Real(Math.copySign(rounded, real.number()));
    }
    var rounded =
        BigDecimal.valueOf(Values.whole(value))
            .setScale(Math.min(0, precision), RoundingMode.HALF_EVEN);
    try {
      return Value.of(rounded.longValueExact());
    } catch (ArithmeticException tooLarge) {
      throw new TemplateRuntimeException(
          "the result of 'round' does not fit 64 bits; use smaller numbers");
    }
  }
}
