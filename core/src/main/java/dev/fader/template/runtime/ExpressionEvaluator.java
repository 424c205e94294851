package dev.fader.template.runtime;

import dev.fader.template.syntax.Characters;
import dev.fader.template.syntax.Expression;
import dev.fader.template.syntax.Expression.Arguments;
import dev.fader.template.syntax.Literal;
import dev.fader.template.value.Dict;
import dev.fader.template.value.RenderingBudget;
import dev.fader.template.value.Representation;
import dev.fader.template.value.Scope;
import dev.fader.template.value.TemplateRuntimeException;
import dev.fader.template.value.TextBuilder;
import dev.fader.template.value.Value;
import dev.fader.template.value.Values;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Evaluates expressions.
final class ExpressionEvaluator {
  private final Interpreter interpreter;
  private final RenderingBudget budget;

  ExpressionEvaluator(Interpreter interpreter) {
    this.interpreter = interpreter;
    this.budget = interpreter.budget();
  }

  Value evaluate(Expression expression, Scope scope) {
    budget.enter();
    var value =
        switch (expression) {
          case Expression.Constant constant -> constant(constant.literal());
          case Expression.Name name -> interpreter.named(name.name(), scope);
          case Expression.Concatenation all -> concatenated(all.parts(), scope);
          case Expression.ListOf list -> Value.list(all(list.parts(), scope));
          case Expression.TupleOf tuple -> new Value.Tuple(all(tuple.parts(), scope));
          case Expression.DictOf dict -> dict(dict, scope);
          case Expression.Arithmetic arithmetic -> arithmetic(arithmetic, scope);
          case Expression.Sign sign ->
              interpreter.arithmetic().signed(sign.negative(), evaluate(sign.operand(), scope));
          case Expression.Not not -> Value.of(!evaluate(not.operand(), scope).isTrue());
          case Expression.And and -> firstThat(false, and.parts(), scope);
          case Expression.Or or -> firstThat(true, or.parts(), scope);
          case Expression.Comparisons comparisons -> compared(comparisons, scope);
          case Expression.Conditional conditional -> conditional(conditional, scope);
          case Expression.Attribute attribute ->
              interpreter.subscripts().attribute(evaluate(attribute.of(), scope), attribute.name());
          case Expression.Item item ->
              interpreter
                  .subscripts()
                  .item(evaluate(item.of(), scope), evaluate(item.index(), scope));
          case Expression.Slice slice -> slice(slice, scope);
          case Expression.Call call ->
              interpreter.call(
                  evaluate(call.function(), scope), arguments(call.arguments(), scope));
          case Expression.Filter filter ->
              interpreter
                  .filters()
                  .apply(
                      filter.name(),
                      evaluate(filter.value(), scope),
                      arguments(filter.arguments(), scope));
          case Expression.Test test ->
              Value.of(
                  interpreter
                      .tests()
                      .holds(
                          test.name(),
                          evaluate(test.value(), scope),
                          arguments(test.arguments(), scope)));
          case Expression.Body body -> interpreter.text(body.statements(), scope.inner());
        };
    budget.leave();
    return value;
  }

  private static Value constant(Literal literal) {
    return switch (literal) {
      case Literal.None _ -> Values.NONE;
      case Literal.Bool flag -> Value.of(flag.on());
      case Literal.Int whole -> Value.of(whole.number());
      case Literal.Real real -> new Value.Real(real.number());
      case Literal.Text characters -> Value.of(characters.text());
    };
  }

  private List<Value> all(List<Expression> parts, Scope scope) {
    var values = new ArrayList<Value>(parts.size());
    for (var part : parts) {
      values.add(evaluate(part, scope));
    }
    return values;
  }

  private Value concatenated(List<Expression> parts, Scope scope) {
    var builder = new TextBuilder(budget);
    for (var part : parts) {
      Representation.append(evaluate(part, scope), builder);
    }
    return builder.text();
  }

  private Value dict(Expression.DictOf expression, Scope scope) {
    var dict = new Dict();
    for (var entry : expression.entries()) {
      dict.put(evaluate(entry.key(), scope), evaluate(entry.value(), scope));
    }
    return dict;
  }

  private Value arithmetic(Expression.Arithmetic arithmetic, Scope scope) {
    var result = evaluate(arithmetic.first(), scope);
    for (var step : arithmetic.steps()) {
      budget.step();
      result =
          interpreter.arithmetic().apply(step.operator(), result, evaluate(step.operand(), scope));
    }
    return result;
  }

  private Value firstThat(boolean is, List<Expression> parts, Scope scope) {
    var value = evaluate(parts.getFirst(), scope);
    for (int i = 1; i < parts.size() && value.isTrue() != is; i++) {
      value = evaluate(parts.get(i), scope);
    }
    return value;
  }

  private Value compared(Expression.Comparisons comparisons, Scope scope) {
    var left = evaluate(comparisons.first(), scope);
    for (var comparison : comparisons.others()) {
      var right = evaluate(comparison.operand(), scope);
      if (!interpreter.comparison().holds(comparison.relation(), left, right)) {
        return Values.FALSE;
      }
      left = right;
    }
    return Values.TRUE;
  }

  private Value conditional(Expression.Conditional conditional, Scope scope) {
    if (evaluate(conditional.condition(), scope).isTrue()) {
      return evaluate(conditional.yes(), scope);
    }
    return conditional.no().isPresent()
        ? evaluate(conditional.no().get(), scope)
        : new Value.Undefined(
            "the inline if-expression evaluated to false and no else section was defined; add one");
  }

  private Value slice(Expression.Slice slice, Scope scope) {
    var of = evaluate(slice.of(), scope);
    var bounds = slice.bounds();
    return interpreter
        .subscripts()
        .slice(
            of,
            bound(bounds.start(), scope),
            bound(bounds.stop(), scope),
            bound(bounds.step(), scope));
  }

  private Value bound(Optional<Expression> bound, Scope scope) {
    return bound.isPresent() ? evaluate(bound.get(), scope) : Values.NONE;
  }

  CallArguments arguments(Arguments arguments, Scope scope) {
    if (arguments.isEmpty()) {
      return CallArguments.NONE;
    }
    var positional = all(arguments.positional(), scope);
    var keywords = new LinkedHashMap<String, Value>();
    for (var keyword : arguments.keywords()) {
      put(keywords, keyword.name(), evaluate(keyword.value(), scope));
    }
    if (arguments.more().isPresent()) {
      positional.addAll(Values.list(evaluate(arguments.more().get(), scope), budget));
    }
    if (arguments.moreKeywords().isPresent()) {
      addAll(keywords, evaluate(arguments.moreKeywords().get(), scope));
    }
    return new CallArguments(positional, keywords);
  }

  private static void addAll(Map<String, Value> keywords, Value more) {
    if (!(Values.defined(more) instanceof Dict dict)) {
      throw new TemplateRuntimeException(
          "'**' needs a dictionary, not '%s'".formatted(more.type()));
    }
    for (var entry : dict.entries()) {
      put(keywords, Values.text(entry.key(), "a name behind '**'").characters(), entry.value());
    }
  }

  private static void put(Map<String, Value> keywords, String name, Value value) {
    if (keywords.put(name, value) != null) {
      throw new TemplateRuntimeException(
          "argument '%s' is given twice; give it once".formatted(Characters.printable(name)));
    }
  }
}
