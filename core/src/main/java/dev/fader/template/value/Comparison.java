package dev.fader.template.value;

import dev.fader.template.syntax.Expression;
import java.math.BigDecimal;
import java.util.List;

/// Equality, order and containment, as in Python.
public final class Comparison {
  private final RenderingBudget budget;

  public Comparison(RenderingBudget budget) {
    this.budget = budget;
  }

  public boolean equal(Value left, Value right) {
    budget.enter();
    boolean equal = equalNow(left, right);
    budget.leave();
    return equal;
  }

  private boolean equalNow(Value left, Value right) {
    if (isNumber(left) && isNumber(right)) {
      return comparable(left) && comparable(right) && numbers(left, right) == 0;
    }
    return switch (left) {
      case Text text -> right instanceof Text other && equal(text, other);
      case Value.None _ -> right instanceof Value.None;
      case Value.Undefined _ -> right instanceof Value.Undefined;
      case Value.ListValue items ->
          right instanceof Value.ListValue o && equal(items.values(), o.values());
      case Value.Tuple tuple -> right instanceof Value.Tuple o && equal(tuple.values(), o.values());
      case Dict dict -> right instanceof Dict other && equal(dict, other);
      case Value.Range range -> right instanceof Value.Range other && equal(range, other);
      default -> Values.isSame(left, right);
    };
  }

  private boolean equal(Text left, Text right) {
    if (left.length() != right.length()) {
      return false;
    }
    budget.steps(left.length() / 64);
    return left.characters().equals(right.characters());
  }

  private boolean equal(List<Value> left, List<Value> right) {
    if (Values.isSame(left, right)) {
      return true;
    }
    if (left.size() != right.size()) {
      return false;
    }
    for (int i = 0; i < left.size(); i++) {
      if (!equal(left.get(i), right.get(i))) {
        return false;
      }
    }
    return true;
  }

  private boolean equal(Dict left, Dict right) {
    if (Values.isSame(left, right)) {
      return true;
    }
    if (left.size() != right.size()) {
      return false;
    }
    for (var entry : left.entries()) {
      var other = right.find(entry.key());
      if (other.isEmpty() || !equal(entry.value(), other.get())) {
        return false;
      }
    }
    return true;
  }

  private static boolean equal(Value.Range left, Value.Range right) {
    return left.size() == right.size()
        && (left.size() == 0
            || (left.start() == right.start()
                && (left.size() == 1 || left.step() == right.step())));
  }

  public static boolean isNumber(Value value) {
    return value instanceof Value.Bool
        || value instanceof Value.Int
        || value instanceof Value.BigInt
        || value instanceof Value.Real;
  }

  /// Evaluates a comparison operator.
  public boolean holds(Expression.ComparisonOperator relation, Value left, Value right) {
    if (!comparable(left) || !comparable(right)) {
      return switch (relation) {
        case NOT_EQUAL -> true;
        case IN -> contains(right, left);
        case NOT_IN -> !contains(right, left);
        default -> false;
      };
    }
    return switch (relation) {
      case EQUAL -> equal(left, right);
      case NOT_EQUAL -> !equal(left, right);
      case LESS -> order(left, right, "<") < 0;
      case LESS_OR_EQUAL -> order(left, right, "<=") <= 0;
      case GREATER -> order(left, right, ">") > 0;
      case GREATER_OR_EQUAL -> order(left, right, ">=") >= 0;
      case IN -> contains(right, left);
      case NOT_IN -> !contains(right, left);
    };
  }

  /// Negative, zero or positive, for sorting.
  public int order(Value left, Value right) {
    return order(left, right, "<");
  }

  private static boolean comparable(Value number) {
    return !(number instanceof Value.Real real && Double.isNaN(real.number()));
  }

  /// Negative, zero or positive as `left` is less than, equal to or greater than `right`.
  ///
  /// @param operator as named in errors
  public int order(Value left, Value right, String operator) {
    budget.enter();
    int order = orderNow(left, right, operator);
    budget.leave();
    return order;
  }

  private int orderNow(Value left, Value right, String operator) {
    Values.defined(left);
    Values.defined(right);
    if (isNumber(left) && isNumber(right)) {
      return numbers(left, right);
    }
    if (left instanceof Text first && right instanceof Text second) {
      return order(first.characters(), second.characters());
    }
    if (left instanceof Value.ListValue first && right instanceof Value.ListValue second) {
      return order(first.values(), second.values(), operator);
    }
    if (left instanceof Value.Tuple first && right instanceof Value.Tuple second) {
      return order(first.values(), second.values(), operator);
    }
    throw new TemplateRuntimeException(
        "'%s' not supported between instances of '%s' and '%s'; compare values of one kind"
            .formatted(operator, left.type(), right.type()));
  }

  private int order(List<Value> left, List<Value> right, String operator) {
    for (int i = 0; i < Math.min(left.size(), right.size()); i++) {
      if (!equal(left.get(i), right.get(i))) {
        return order(left.get(i), right.get(i), operator);
      }
    }
    return Integer.compare(left.size(), right.size());
  }

  private static int numbers(Value left, Value right) {
    if (left instanceof Value.Real || right instanceof Value.Real) {
      double first = Values.real(left);
      double second = Values.real(right);
      boolean isFinite =
          (Double.isFinite(first) || left instanceof Value.BigInt)
              && (Double.isFinite(second) || right instanceof Value.BigInt);
      return isFinite ? exact(left).compareTo(exact(right)) : Double.compare(first, second);
    }
    return Values.integer(left).compareTo(Values.integer(right));
  }

  private static BigDecimal exact(Value number) {
    return number instanceof Value.Real real
        ? new BigDecimal(real.number())
        : new BigDecimal(Values.integer(number));
  }

  /// Compares by code points.
  private int order(String left, String right) {
    budget.steps(Math.min(left.length(), right.length()) / 64);
    int same = 0;
    int shorter = Math.min(left.length(), right.length());
    while (same < shorter && left.charAt(same) == right.charAt(same)) {
      same++;
    }
    if (same == shorter) {
      return Integer.compare(left.length(), right.length());
    }
    char first = left.charAt(same);
    char second = right.charAt(same);
    boolean bothOrNone = Character.isSurrogate(first) == Character.isSurrogate(second);
    // A surrogate is half of a code point above the basic plane.
    return bothOrNone
        ? Character.compare(first, second)
        : Boolean.compare(Character.isSurrogate(first), Character.isSurrogate(second));
  }

  /// `item in container`
  public boolean contains(Value container, Value item) {
    return switch (container) {
      case Text text -> {
        budget.steps(text.length() / 16);
        if (!(Values.defined(item) instanceof Text part)) {
          throw new TemplateRuntimeException(
              "'in <string>' requires string as left operand, not %s; write '... | string'"
                  .formatted(item.type()));
        }
        yield new SubstringSearch(part.characters()).first(text.characters(), 0) >= 0;
      }
      case Dict dict -> dict.has(item);
      default -> {
        var items = Values.iterate(container, budget);
        boolean found = false;
        while (!found && items.hasNext()) {
          found = equal(item, items.next());
        }
        yield found;
      }
    };
  }
}
