package dev.fader.template.runtime;

import dev.fader.template.syntax.Characters;
import dev.fader.template.syntax.Statement;
import dev.fader.template.syntax.Statement.Jump;
import dev.fader.template.syntax.Statement.Target;
import dev.fader.template.value.Comparison;
import dev.fader.template.value.Dict;
import dev.fader.template.value.Loop;
import dev.fader.template.value.Namespace;
import dev.fader.template.value.Origin;
import dev.fader.template.value.RenderingBudget;
import dev.fader.template.value.Representation;
import dev.fader.template.value.Scope;
import dev.fader.template.value.TemplateRuntimeException;
import dev.fader.template.value.Text;
import dev.fader.template.value.TextBuilder;
import dev.fader.template.value.Value;
import dev.fader.template.value.Values;
import java.time.LocalDateTime;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Executes one rendering.
public final class Interpreter {
  private final RenderingBudget budget;
  private final Comparison comparison;
  private final Arithmetic arithmetic;
  private final Subscripts subscripts;
  private final Methods methods;
  private final Functions functions;
  private final Filters filters;
  private final Tests tests;
  private final ExpressionEvaluator evaluator;
  private final Map<String, Value> variables;
  private final Scope outermost = Scope.outermost();
  private TextBuilder output;
  private Origin writing = Origin.TEMPLATE;

  /// How a statement completed.
  private enum Completion {
    NORMAL,
    BREAK,
    CONTINUE
  }

  public Interpreter(Map<String, Value> variables, LocalDateTime now, RenderingBudget budget) {
    this.variables = variables;
    this.budget = budget;
    this.output = new TextBuilder(budget);
    comparison = new Comparison(budget);
    arithmetic = new Arithmetic(budget);
    subscripts = new Subscripts(budget);
    methods = new Methods(subscripts, comparison);
    functions = new Functions(budget, now);
    filters = new Filters(this);
    tests = new Tests(this);
    evaluator = new ExpressionEvaluator(this);
  }

  public Text render(List<Statement> statements) {
    return text(statements, outermost);
  }

  RenderingBudget budget() {
    return budget;
  }

  Comparison comparison() {
    return comparison;
  }

  Arithmetic arithmetic() {
    return arithmetic;
  }

  Subscripts subscripts() {
    return subscripts;
  }

  Filters filters() {
    return filters;
  }

  Tests tests() {
    return tests;
  }

  /// Looks up a name: assigned names first, then variables, then functions.
  Value named(String name, Scope scope) {
    var set = scope.find(name);
    if (set.isPresent()) {
      return set.get();
    }
    var variable = variables.get(name);
    if (variable != null) {
      return variable;
    }
    return Functions.has(name)
        ? new Value.Builtin(name)
        : new Value.Undefined(
            "'"
                + Characters.printable(name)
                + "' is undefined; set it, or test it with 'is defined'");
  }

  /// The text that the statements produce.
  Text text(List<Statement> statements, Scope scope) {
    var around = output;
    var inner = new TextBuilder(budget, writing);
    output = inner;
    execute(statements, scope);
    output = around;
    return inner.text();
  }

  private Completion execute(List<Statement> statements, Scope scope) {
    for (var statement : statements) {
      var ending = execute(statement, scope);
      if (ending != Completion.NORMAL) {
        return ending;
      }
    }
    return Completion.NORMAL;
  }

  private Completion execute(Statement statement, Scope scope) {
    budget.enter();
    var ending =
        switch (statement) {
          case Statement.Data data -> {
            output.append(data.text());
            yield Completion.NORMAL;
          }
          case Statement.Output out -> {
            budget.at(out.line());
            Representation.append(evaluator.evaluate(out.expression(), scope), output);
            yield Completion.NORMAL;
          }
          case Statement.If branches -> branch(branches, scope);
          case Statement.For loop -> loop(loop, scope);
          case Statement.Set set -> {
            budget.at(set.line());
            assign(set.target(), evaluator.evaluate(set.value(), scope), scope);
            yield Completion.NORMAL;
          }
          case Statement.MacroDefinition definition -> {
            scope.set(definition.signature().name(), macro(definition, scope));
            yield Completion.NORMAL;
          }
          case Statement.CallBlock block -> {
            callWithBody(block, scope);
            yield Completion.NORMAL;
          }
          case Statement.With with -> with(with, scope);
          case Statement.Block block ->
              execute(block.body(), (block.named() ? outermost : scope).inner());
          case Statement.Generation generation ->
              executeFrom(writing.inGeneration(), generation.body(), scope.inner());
          case Jump jump -> jump == Jump.BREAK ? Completion.BREAK : Completion.CONTINUE;
        };
    budget.leave();
    return ending;
  }

  /// Executes statements that write from `from`.
  private Completion executeFrom(Origin from, List<Statement> statements, Scope scope) {
    var around = writing;
    writing = from;
    output.writing(from);
    var ending = execute(statements, scope);
    writing = around;
    output.writing(around);
    return ending;
  }

  private Completion branch(Statement.If branches, Scope scope) {
    for (var branch : branches.branches()) {
      budget.at(branch.line());
      if (evaluator.evaluate(branch.condition(), scope).isTrue()) {
        return execute(branch.body(), scope);
      }
    }
    return execute(branches.otherwise(), scope);
  }

  private Completion with(Statement.With with, Scope scope) {
    budget.at(with.line());
    var inner = scope.inner();
    for (var binding : with.bindings()) {
      assign(binding.target(), evaluator.evaluate(binding.value(), scope), inner);
    }
    return execute(with.body(), inner);
  }

  private Completion loop(Statement.For statement, Scope scope) {
    budget.at(statement.line());
    run(statement, evaluator.evaluate(statement.head().items(), scope), scope, 0);
    return Completion.NORMAL;
  }

  private void run(Statement.For statement, Value items, Scope scope, int level) {
    var head = statement.head();
    var rest = Values.iterate(items, budget);
    if (head.condition().isPresent()) {
      rest = matching(head, rest, scope);
    }
    var counted = head.condition().isPresent() ? new Value.Generator(rest) : items;
    var loop =
        new Loop(
            counted,
            rest,
            level,
            (inner, deeper) -> again(statement, inner, new LoopContext(scope, deeper)));
    // As in Jinja, an iteration ended by a jump does not count.
    boolean any = false;
    for (var item = loop.next(); item.isPresent(); item = loop.next()) {
      var round = scope.inner();
      round.set("loop", loop);
      assign(head.target(), item.get(), round);
      var from =
          item.get() instanceof Dict dict && dict.source() != Origin.NOWHERE
              ? writing.writtenFor(dict.source())
              : writing;
      var ending = executeFrom(from, statement.body(), round);
      if (ending == Completion.BREAK) {
        break;
      }
      any |= ending == Completion.NORMAL;
    }
    if (!any) {
      execute(statement.otherwise(), scope.inner());
    }
  }

  private record LoopContext(Scope scope, int level) {}

  private Text again(Statement.For statement, Value items, LoopContext place) {
    if (!statement.head().recursive()) {
      throw new TemplateRuntimeException(
          "The loop must have the 'recursive' marker to be called recursively; add it");
    }
    budget.enter();
    var around = output;
    var inner = new TextBuilder(budget, writing);
    output = inner;
    run(statement, items, place.scope, place.level);
    output = around;
    budget.leave();
    return inner.text();
  }

  private Iterator<Value> matching(Statement.Head head, Iterator<Value> items, Scope scope) {
    var condition = head.condition().orElseThrow();
    return ListFilters.filtered(
        items,
        item -> {
          var inner = scope.inner();
          assign(head.target(), item, inner);
          return evaluator.evaluate(condition, inner).isTrue();
        },
        budget);
  }

  private void assign(Target target, Value value, Scope scope) {
    switch (target) {
      case Target.Variable variable -> scope.set(variable.name(), value);
      case Target.Member member -> {
        if (!(named(member.namespace(), scope) instanceof Namespace namespace)) {
          throw new TemplateRuntimeException(
              "cannot assign attribute on non-namespace object; use namespace()");
        }
        namespace.set(member.attribute(), value);
      }
      case Target.Several several -> {
        var values = Values.list(Values.defined(value), budget);
        var targets = several.targets();
        if (values.size() != targets.size()) {
          throw new TemplateRuntimeException(
              "%d values cannot be unpacked into %d names; give as many"
                  .formatted(values.size(), targets.size()));
        }
        for (int i = 0; i < targets.size(); i++) {
          assign(targets.get(i), values.get(i), scope);
        }
      }
    }
  }

  private static Value.Macro macro(Statement.MacroDefinition definition, Scope scope) {
    return new Value.Macro(definition.signature(), definition.body(), scope);
  }

  private void callWithBody(Statement.CallBlock block, Scope scope) {
    budget.at(block.line());
    var arguments = evaluator.arguments(block.call().arguments(), scope);
    var keywords = new LinkedHashMap<>(arguments.keywords());
    keywords.put("caller", macro(block.caller(), scope));
    var function = evaluator.evaluate(block.call().function(), scope);
    Representation.append(
        call(function, new CallArguments(arguments.positional(), keywords)), output);
  }

  /// Calls a value.
  Value call(Value function, CallArguments arguments) {
    budget.enter();
    var result =
        switch (Values.defined(function)) {
          case Value.Macro macro -> call(macro, arguments);
          case Value.Method method -> methods.call(method, arguments);
          case Value.Builtin builtin -> functions.call(builtin.name(), arguments);
          case Value.Joiner joiner -> {
            arguments.bind("joiner");
            yield joiner.next();
          }
          case Loop loop -> loop.recurse(arguments.bind("loop", "iterable").get("iterable"));
          default ->
              throw new TemplateRuntimeException(
                  "'%s' object is not callable; leave the parentheses out"
                      .formatted(function.type()));
        };
    budget.leave();
    return result;
  }

  private Text call(Value.Macro macro, CallArguments arguments) {
    int line = budget.line();
    var scope = macro.scope().inner();
    var signature = macro.signature();
    var parameters = signature.parameters();
    var keywords = new LinkedHashMap<>(arguments.keywords());
    int withoutDefault = parameters.size() - signature.defaults().size();
    for (int i = 0; i < parameters.size(); i++) {
      var name = parameters.get(i);
      if (i < arguments.positional().size()) {
        scope.set(name, arguments.positional().get(i));
      } else if (keywords.containsKey(name)) {
        scope.set(name, keywords.remove(name));
      } else if (i >= withoutDefault) {
        scope.set(name, evaluator.evaluate(signature.defaults().get(i - withoutDefault), scope));
      } else {
        scope.set(
            name, new Value.Undefined("parameter '%s' was not provided; give it".formatted(name)));
      }
    }
    takeMore(macro, arguments, keywords, scope);
    var text = text(macro.body(), scope);
    budget.at(line);
    return text;
  }

  /// The implicit variables of a macro: the arguments beyond its parameters.
  private static void takeMore(
      Value.Macro macro, CallArguments arguments, Map<String, Value> keywords, Scope scope) {
    var signature = macro.signature();
    var name = signature.name();
    int count = signature.parameters().size();
    if (signature.uses().contains("caller") && !signature.parameters().contains("caller")) {
      var caller = keywords.remove("caller");
      scope.set("caller", caller == null ? new Value.Undefined("No caller defined") : caller);
    }
    if (signature.uses().contains("kwargs")) {
      scope.set("kwargs", Value.dict(keywords));
    } else if (!keywords.isEmpty()) {
      throw new TemplateRuntimeException(
          "macro '%s' takes no keyword argument '%s'; leave it out"
              .formatted(name, Characters.printable(keywords.keySet().iterator().next())));
    }
    boolean more = arguments.positional().size() > count;
    if (signature.uses().contains("varargs")) {
      var rest =
          more
              ? arguments.positional().subList(count, arguments.positional().size())
              : List.<Value>of();
      scope.set("varargs", new Value.Tuple(rest));
    } else if (more) {
      throw new TemplateRuntimeException(
          "macro '%s' takes not more than %d argument(s); give fewer".formatted(name, count));
    }
  }
}
