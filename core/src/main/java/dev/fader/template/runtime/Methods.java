package dev.fader.template.runtime;

import dev.fader.template.value.Comparison;
import dev.fader.template.value.Cycler;
import dev.fader.template.value.Dict;
import dev.fader.template.value.Loop;
import dev.fader.template.value.RenderingBudget;
import dev.fader.template.value.TemplateRuntimeException;
import dev.fader.template.value.Text;
import dev.fader.template.value.Value;
import dev.fader.template.value.Values;
import java.util.List;

/// Calls of methods.
final class Methods {
  private final RenderingBudget budget;
  private final Comparison comparison;
  private final TextMethods texts;

  Methods(Subscripts subscripts, Comparison comparison) {
    this.budget = subscripts.budget();
    this.comparison = comparison;
    this.texts = new TextMethods(subscripts);
  }

  Value call(Value.Method method, CallArguments arguments) {
    var name = method.name();
    return switch (method.self()) {
      case Text text -> texts.call(text, name, arguments);
      case Dict dict -> dict(dict, name, arguments);
      case Value.ListValue items -> list(items, items.values(), name, arguments);
      case Value.Tuple tuple -> list(tuple, tuple.values(), name, arguments);
      case Value.Range range -> list(range, Values.list(range, budget), name, arguments);
      case Loop loop ->
          name.equals("cycle")
              ? loop.cycle(arguments.positional())
              : loop.changed(arguments.positional(), comparison);
      case Cycler cycler -> cycler(cycler, name, arguments);
      case Value.Real real -> {
        arguments.bind(name);
        yield Value.of(Math.rint(real.number()) == real.number());
      }
      default -> {
        arguments.bind(name);
        long number = Values.whole(method.self());
        yield Value.of(64 - Long.numberOfLeadingZeros(Math.abs(number)));
      }
    };
  }

  private Value dict(Dict dict, String name, CallArguments arguments) {
    budget.steps(dict.size());
    if (name.equals("get")) {
      var bound = arguments.bind(name, "key", "default");
      return dict.find(bound.get("key")).orElseGet(() -> bound.get("default", Values.NONE));
    }
    arguments.bind(name);
    return switch (name) {
      case "items" -> new Value.DictView("dict_items", dict.pairs());
      case "keys" -> new Value.DictView("dict_keys", dict.keys());
      case "values" -> new Value.DictView("dict_values", dict.values());
      default -> dict.copy();
    };
  }

  private Value list(Value self, List<Value> values, String name, CallArguments arguments) {
    if (name.equals("copy")) {
      arguments.bind(name);
      return self;
    }
    var sought = arguments.bind(name, "value").get("value");
    long count = 0;
    for (int i = 0; i < values.size(); i++) {
      if (comparison.equal(values.get(i), sought)) {
        if (name.equals("index")) {
          return Value.of(i);
        }
        count++;
      }
    }
    if (name.equals("index")) {
      throw new TemplateRuntimeException("the value is not in the list; test it with 'in'");
    }
    return Value.of(count);
  }

  private static Value cycler(Cycler cycler, String name, CallArguments arguments) {
    arguments.bind(name);
    if (name.equals("next")) {
      return cycler.next();
    }
    cycler.reset();
    return Values.NONE;
  }
}
