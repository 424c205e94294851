package dev.fader.template.runtime;

import dev.fader.template.syntax.Characters;
import dev.fader.template.value.TemplateRuntimeException;
import dev.fader.template.value.Text;
import dev.fader.template.value.Value;
import dev.fader.template.value.Values;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The arguments of a call.
record CallArguments(List<Value> positional, Map<String, Value> keywords) {
  static final CallArguments NONE = new CallArguments(List.of(), Map.of());

  static CallArguments of(Value... values) {
    return new CallArguments(List.of(values), Map.of());
  }

  /// The arguments without the first positional one.
  CallArguments rest() {
    return new CallArguments(positional.subList(1, positional.size()), keywords);
  }

  /// Matches the values to a function's parameters.
  BoundArguments bind(String function, String... parameters) {
    if (positional.size() > parameters.length) {
      throw new TemplateRuntimeException(
          "%s() takes at most %d arguments, %d are given"
              .formatted(function, parameters.length, positional.size()));
    }
    var values = new HashMap<String, Value>();
    for (int i = 0; i < positional.size(); i++) {
      values.put(parameters[i], positional.get(i));
    }
    keywords.forEach((name, value) -> {
      if (!List.of(parameters).contains(name)) {
        throw new TemplateRuntimeException(
            "%s() has no argument '%s'; it takes %s"
                .formatted(function, Characters.printable(name), String.join(", ", parameters)));
      }
      if (values.put(name, value) != null) {
        throw new TemplateRuntimeException(
            "%s() is given its argument '%s' twice; give it once".formatted(function, name));
      }
    });
    return new BoundArguments(function, values);
  }

  /// Values by parameter name.
  record BoundArguments(String function, Map<String, Value> values) {
    Optional<Value> find(String name) {
      return Optional.ofNullable(values.get(name));
    }

    Value get(String name) {
      return find(name)
          .orElseThrow(() ->
              new TemplateRuntimeException(
                  "%s() needs an argument '%s'; give it".formatted(function, name)));
    }

    Value get(String name, Value otherwise) {
      return values.getOrDefault(name, otherwise);
    }

    /// Whether it was passed and is not None.
    boolean has(String name) {
      return !(get(name, Values.NONE) instanceof Value.None);
    }

    boolean flag(String name, boolean otherwise) {
      return find(name).map(Value::isTrue).orElse(otherwise);
    }

    long whole(String name, long otherwise) {
      return find(name).map(Values::whole).orElse(otherwise);
    }

    Text text(String name, Text otherwise) {
      return find(name).map(value -> Values.text(value, "'" + name + "'")).orElse(otherwise);
    }

    Text text(String name) {
      return Values.text(get(name), "'" + name + "'");
    }
  }
}
