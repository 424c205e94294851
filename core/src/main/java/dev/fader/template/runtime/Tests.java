package dev.fader.template.runtime;

import dev.fader.template.syntax.Characters;
import dev.fader.template.syntax.Expression.ComparisonOperator;
import dev.fader.template.syntax.TokenKind;
import dev.fader.template.value.Comparison;
import dev.fader.template.value.Dict;
import dev.fader.template.value.Loop;
import dev.fader.template.value.RenderingBudget;
import dev.fader.template.value.Representation;
import dev.fader.template.value.StringOperations;
import dev.fader.template.value.TemplateRuntimeException;
import dev.fader.template.value.Text;
import dev.fader.template.value.Value;
import dev.fader.template.value.Values;
import java.util.Set;

/// Jinja's built-in tests, after `is`.
final class Tests {
  static final Set<String> NAMES =
      Set.of(
          "boolean",
          "callable",
          "defined",
          "divisibleby",
          "eq",
          "equalto",
          "==",
          "escaped",
          "even",
          "false",
          "filter",
          "float",
          "ge",
          ">=",
          "greaterthan",
          "gt",
          ">",
          "in",
          "integer",
          "iterable",
          "le",
          "<=",
          "lessthan",
          "lower",
          "lt",
          "<",
          "mapping",
          "ne",
          "!=",
          "none",
          "number",
          "odd",
          "sameas",
          "sequence",
          "string",
          "test",
          "true",
          "undefined",
          "upper");

  private final Interpreter interpreter;
  private final Comparison comparison;
  private final RenderingBudget budget;

  Tests(Interpreter interpreter) {
    this.interpreter = interpreter;
    this.comparison = interpreter.comparison();
    this.budget = interpreter.budget();
  }

  boolean holds(String name, Value value, CallArguments arguments) {
    return switch (name) {
      case "divisibleby" -> remainder(value, arguments.bind(name, "num").get("num")) == 0;
      case "eq", "equalto", "==" -> comparison.equal(value, other(name, arguments));
      case "ne", "!=" -> !comparison.equal(value, other(name, arguments));
      case "lt", "lessthan", "<" ->
          comparison.holds(ComparisonOperator.LESS, value, other(name, arguments));
      case "le", "<=" ->
          comparison.holds(ComparisonOperator.LESS_OR_EQUAL, value, other(name, arguments));
      case "gt", "greaterthan", ">" ->
          comparison.holds(ComparisonOperator.GREATER, value, other(name, arguments));
      case "ge", ">=" ->
          comparison.holds(ComparisonOperator.GREATER_OR_EQUAL, value, other(name, arguments));
      case "in" -> comparison.contains(other(name, arguments), value);
      case "sameas" -> isSame(value, other(name, arguments));
      default -> {
        arguments.bind(name);
        yield holds(name, value);
      }
    };
  }

  private static Value other(String name, CallArguments arguments) {
    return arguments.bind(name, "other").get("other");
  }

  private boolean holds(String name, Value value) {
    return switch (name) {
      case "defined" -> !(value instanceof Value.Undefined);
      case "undefined" -> value instanceof Value.Undefined;
      case "none" -> value instanceof Value.None;
      case "boolean" -> value instanceof Value.Bool;
      case "true" -> value instanceof Value.Bool flag && flag.on();
      case "false" -> value instanceof Value.Bool flag && !flag.on();
      case "integer" -> value instanceof Value.Int || value instanceof Value.BigInt;
      case "float" -> value instanceof Value.Real;
      case "number" -> Comparison.isNumber(value);
      case "string" -> value instanceof Text;
      case "mapping" -> value instanceof Dict;
      case "sequence" -> isSequence(value);
      case "iterable" -> isSequence(value) || value instanceof Value.DictView || isRead(value);
      case "callable" ->
          value instanceof Value.Callable || value instanceof Value.Undefined || isLoop(value);
      case "odd" -> remainder(value, Value.of(2)) == 1;
      case "even" -> remainder(value, Value.of(2)) == 0;
      case "lower" -> StringOperations.isAll(Representation.text(value, budget), false);
      case "upper" -> StringOperations.isAll(Representation.text(value, budget), true);
      case "escaped" -> value instanceof Text text && text.isSafe();
      case "filter" -> value instanceof Text text && Filters.NAMES.contains(text.characters());
      case "test" -> value instanceof Text text && NAMES.contains(text.characters());
      default ->
          throw new TemplateRuntimeException(
              "No test named '%s'; use one of Jinja's own".formatted(Characters.printable(name)));
    };
  }

  private static boolean isLoop(Value value) {
    return value instanceof Loop;
  }

  private static boolean isRead(Value value) {
    return value instanceof Value.Generator || value instanceof Loop;
  }

  /// An undefined value counts as an empty sequence.
  private static boolean isSequence(Value value) {
    return switch (value) {
      case Text _, Dict _, Value.ListValue _, Value.Tuple _, Value.Range _, Value.Undefined _ ->
          true;
      default -> false;
    };
  }

  private double remainder(Value value, Value divisor) {
    var remainder = interpreter.arithmetic().apply(TokenKind.MODULO, value, divisor);
    return Comparison.isNumber(remainder) ? Values.real(remainder) : Double.NaN;
  }

  private boolean isSame(Value value, Value other) {
    return switch (value) {
      case Text _, Value.Bool _, Value.Int _, Value.Real _, Value.None _ ->
          value.type().equals(other.type()) && comparison.equal(value, other);
      default -> Values.isSame(value, other);
    };
  }
}
