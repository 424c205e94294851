package dev.fader.template.runtime;

import dev.fader.template.syntax.TokenKind;
import dev.fader.template.value.Comparison;
import dev.fader.template.value.RenderingBudget;
import dev.fader.template.value.TemplateRuntimeException;
import dev.fader.template.value.Text;
import dev.fader.template.value.TextBuilder;
import dev.fader.template.value.Value;
import dev.fader.template.value.Values;
import java.util.ArrayList;
import java.util.List;

/// Python's arithmetic on 64-bit integers; larger ones can only be negated.
final class Arithmetic {
  private final RenderingBudget budget;

  Arithmetic(RenderingBudget budget) {
    this.budget = budget;
  }

  Value apply(TokenKind operator, Value left, Value right) {
    Values.defined(left);
    if (!(left instanceof Text && operator == TokenKind.MODULO)) {
      Values.defined(right);
    }
    try {
      return switch (operator) {
        case PLUS -> plus(left, right);
        case TIMES -> times(left, right);
        case MODULO -> left instanceof Text format ? format(format, right) : modulo(left, right);
        default -> numbers(operator, left, right);
      };
    } catch (ArithmeticException overflow) {
      throw new TemplateRuntimeException(
          "the result of '%s' does not fit 64 bits; use smaller numbers"
              .formatted(symbol(operator)));
    }
  }

  private static String symbol(TokenKind operator) {
    return operator.description().replace("'", "");
  }

  private static TemplateRuntimeException unsupported(TokenKind operator, Value left, Value right) {
    return new TemplateRuntimeException(
        "unsupported operand type(s) for %s: '%s' and '%s'; convert one of them"
            .formatted(symbol(operator), left.type(), right.type()));
  }

  private Value plus(Value left, Value right) {
    if (left instanceof Text first && right instanceof Text second) {
      return concatenate(first, second);
    }
    if (left instanceof Value.ListValue first && right instanceof Value.ListValue second) {
      return Value.list(concatenate(first.values(), second.values()));
    }
    if (left instanceof Value.Tuple first && right instanceof Value.Tuple second) {
      return new Value.Tuple(concatenate(first.values(), second.values()));
    }
    if (left instanceof Text || left instanceof Value.ListValue) {
      throw new TemplateRuntimeException(
          "can only concatenate %s (not \"%s\") to %s; use '~' to join anything to text"
              .formatted(left.type(), right.type(), left.type()));
    }
    return numbers(TokenKind.PLUS, left, right);
  }

  /// If either operand is safe, the other is escaped.
  private Text concatenate(Text first, Text second) {
    if (first.isSafe() == second.isSafe()) {
      return TextBuilder.join(budget, first, second).withSafe(first.isSafe());
    }
    return TextBuilder.join(budget, Escaping.html(first, budget), Escaping.html(second, budget))
        .withSafe(true);
  }

  private List<Value> concatenate(List<Value> first, List<Value> second) {
    budget.steps((long) first.size() + second.size());
    var all = new ArrayList<>(first);
    all.addAll(second);
    return all;
  }

  private Value times(Value left, Value right) {
    boolean swapped = Values.isWhole(left) && !Comparison.isNumber(right);
    var value = swapped ? right : left;
    var count = swapped ? left : right;
    if (Comparison.isNumber(value) || !Values.isWhole(count)) {
      return numbers(TokenKind.TIMES, left, right);
    }
    long times = Math.max(0, Values.whole(count));
    return switch (value) {
      case Text text -> repeated(text, times);
      case Value.ListValue items -> Value.list(repeated(items.values(), times));
      case Value.Tuple tuple -> new Value.Tuple(repeated(tuple.values(), times));
      default -> throw unsupported(TokenKind.TIMES, left, right);
    };
  }

  private Text repeated(Text text, long times) {
    var builder = new TextBuilder(budget);
    if (text.marks() == 0) {
      builder.repeat(text.characters(), text.isEmpty() ? 0 : times);
    } else {
      for (long i = 0; i < times; i++) {
        builder.append(text);
      }
    }
    return builder.text();
  }

  private List<Value> repeated(List<Value> values, long times) {
    budget.items(values.size(), times);
    var all = new ArrayList<Value>();
    for (long i = 0; i < times && !values.isEmpty(); i++) {
      all.addAll(values);
    }
    return all;
  }

  private Text format(Text format, Value right) {
    return PercentFormat.apply(format, right, budget);
  }

  private static Value modulo(Value left, Value right) {
    return numbers(TokenKind.MODULO, left, right);
  }

  private static Value numbers(TokenKind operator, Value left, Value right) {
    if (!Comparison.isNumber(left) || !Comparison.isNumber(right)) {
      throw unsupported(operator, left, right);
    }
    boolean real = left instanceof Value.Real || right instanceof Value.Real;
    return real || operator == TokenKind.DIVIDE
        ? new Value.Real(reals(operator, Values.real(left), Values.real(right)))
        : wholes(operator, Values.whole(left), Values.whole(right));
  }

  private static Value wholes(TokenKind operator, long left, long right) {
    return switch (operator) {
      case PLUS -> Value.of(Math.addExact(left, right));
      case MINUS -> Value.of(Math.subtractExact(left, right));
      case TIMES -> Value.of(Math.multiplyExact(left, right));
      case FLOOR_DIVIDE -> Value.of(Math.floorDivExact(left, nonZero(right)));
      case MODULO -> Value.of(Math.floorMod(left, nonZero(right)));
      case POWER ->
          right < 0
              ? new Value.Real(power((double) left, (double) right))
              : Value.of(power(left, right));
      default -> throw new IllegalStateException("no operator of numbers: " + operator);
    };
  }

  private static long nonZero(long divisor) {
    if (divisor == 0) {
      throw new TemplateRuntimeException("division by zero; test the divisor first");
    }
    return divisor;
  }

  private static long power(long base, long exponent) {
    long result = 1;
    long square = base;
    for (long left = exponent; left > 0; left >>= 1) {
      if ((left & 1) == 1) {
        result = Math.multiplyExact(result, square);
      }
      if (left > 1) {
        square = Math.multiplyExact(square, square);
      }
    }
    return result;
  }

  private static double power(double base, double exponent) {
    if (base == 0 && exponent < 0) {
      nonZero(0);
    }
    double result = Math.pow(base, exponent);
    if (Double.isInfinite(result) && Double.isFinite(base) && Double.isFinite(exponent)) {
      throw new ArithmeticException("overflow");
    }
    if (Double.isNaN(result) && !Double.isNaN(base) && !Double.isNaN(exponent)) {
      throw new TemplateRuntimeException(
          "a root of a negative number is not real; test its sign first");
    }
    return result;
  }

  private static double reals(TokenKind operator, double left, double right) {
    return switch (operator) {
      case PLUS -> left + right;
      case MINUS -> left - right;
      case TIMES -> left * right;
      case DIVIDE -> left / nonZero(right);
      case FLOOR_DIVIDE -> {
        double remainder = modulo(left, nonZero(right));
        double quotient = (left - remainder) / right;
        yield quotient == 0 ? Math.copySign(0, left / right) : Math.rint(quotient);
      }
      case MODULO -> modulo(left, nonZero(right));
      case POWER -> power(left, right);
      default -> throw new IllegalStateException("no operator of numbers: " + operator);
    };
  }

  private static double nonZero(double divisor) {
    nonZero(divisor == 0 ? 0L : 1L);
    return divisor;
  }

  /// With the sign of the divisor.
  private static double modulo(double left, double right) {
    double remainder = left % right;
    if (remainder == 0) {
      return Math.copySign(0, right);
    }
    return remainder < 0 == right < 0 ? remainder : remainder + right;
  }

  Value signed(boolean negative, Value operand) {
    return switch (Values.defined(operand)) {
      case Value.Real real -> new Value.Real(negative ? -real.number() : real.number());
      case Value.Int _, Value.Bool _, Value.BigInt _ -> {
        var number = Values.integer(operand);
        yield Value.of(negative ? number.negate() : number);
      }
      default ->
          throw new TemplateRuntimeException(
              "bad operand type for unary %s: '%s'; convert it to a number"
                  .formatted(negative ? "-" : "+", operand.type()));
    };
  }
}
