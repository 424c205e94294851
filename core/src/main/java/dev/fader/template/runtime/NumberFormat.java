package dev.fader.template.runtime;

import dev.fader.template.value.Representation;
import dev.fader.template.value.TemplateRuntimeException;
import dev.fader.template.value.Value;
import dev.fader.template.value.Values;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Locale;

/// Formats a number for a conversion of `%` or `format`.
///
/// @param type `d`, `f`, `e`, `g`, `x`, `o`, `b` and so on
/// @param precision digits, -1 for the default
/// @param sign before numbers that are not negative
/// @param alternate whether to add `0x` and the like
record NumberFormat(char type, int precision, String sign, boolean alternate) {
  private static final int MOST_DIGITS = 1000;

  NumberFormat {
    if (precision > MOST_DIGITS) {
      throw new TemplateRuntimeException(
          "a format asks for %d digits; ask for at most %d".formatted(precision, MOST_DIGITS));
    }
  }

  static boolean isWhole(char type) {
    return "diuxXob".indexOf(type) >= 0;
  }

  static boolean isReal(char type) {
    return "eEfFgG%".indexOf(type) >= 0;
  }

  /// The sign and the digits, between which zeros are padded.
  record Digits(String sign, String digits) {}

  Digits of(Value number) {
    if (isWhole(type)) {
      var whole =
          number instanceof Value.Real real
              ? BigInteger.valueOf(truncated(real))
              : Values.integer(number);
      return new Digits(whole.signum() < 0 ? "-" : sign, whole(whole.abs()));
    }
    double real = Values.real(number);
    boolean negative = real < 0 || (real == 0 && 1 / real < 0);
    return new Digits(negative ? "-" : sign, real(Math.abs(real)));
  }

  static long truncated(Value.Real real) {
    if (!(Math.abs(real.number()) < 0x1p63)) {
      throw new TemplateRuntimeException(
          "cannot convert float %s to integer; use a number of fewer digits"
              .formatted(Representation.number(real.number())));
    }
    return (long) real.number();
  }

  private String whole(BigInteger digits) {
    return switch (type) {
      case 'x' -> (alternate ? "0x" : "") + digits.toString(16);
      case 'X' -> (alternate ? "0X" : "") + digits.toString(16).toUpperCase(Locale.ROOT);
      case 'o' -> (alternate ? "0o" : "") + digits.toString(8);
      case 'b' -> (alternate ? "0b" : "") + digits.toString(2);
      default -> digits.toString();
    };
  }

  private String real(double number) {
    if (Double.isNaN(number) || Double.isInfinite(number)) {
      return Double.isNaN(number) ? "nan" : "inf";
    }
    int digits = precision < 0 ? 6 : precision;
    return switch (type) {
      case 'e' -> exponential(number, digits);
      case 'E' -> exponential(number, digits).toUpperCase(Locale.ROOT);
      case 'g' -> general(number, Math.max(1, digits));
      case 'G' -> general(number, Math.max(1, digits)).toUpperCase(Locale.ROOT);
      case '%' -> fixed(number * 100, digits) + "%";
      default -> fixed(number, digits);
    };
  }

  private static String fixed(double number, int digits) {
    return new BigDecimal(number).setScale(digits, RoundingMode.HALF_EVEN).toPlainString();
  }

  private static String exponential(double number, int digits) {
    if (number == 0) {
      return fixed(0, digits) + "e+00";
    }
    var exact = new BigDecimal(number);
    var rounded = exact.round(new java.math.MathContext(digits + 1, RoundingMode.HALF_EVEN));
    int exponent = rounded.precision() - rounded.scale() - 1;
    var mantissa = rounded.movePointLeft(exponent).setScale(digits, RoundingMode.HALF_EVEN);
    return "%se%s%02d"
        .formatted(mantissa.toPlainString(), exponent < 0 ? "-" : "+", Math.abs(exponent));
  }

  private static String general(double number, int digits) {
    if (number == 0) {
      return "0";
    }
    var rounded =
        new BigDecimal(number).round(new java.math.MathContext(digits, RoundingMode.HALF_EVEN));
    int exponent = rounded.precision() - rounded.scale() - 1;
    if (exponent >= -4 && exponent < digits) {
      return plain(rounded);
    }
    return "%se%s%02d"
        .formatted(
            plain(rounded.movePointLeft(exponent)), exponent < 0 ? "-" : "+", Math.abs(exponent));
  }

  private static String plain(BigDecimal number) {
    return number.stripTrailingZeros().toPlainString();
  }
}
