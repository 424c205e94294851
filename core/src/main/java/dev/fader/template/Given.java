package dev.fader.template;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The values that a call is given.
record Given(List<Value> positional, Map<String, Value> keywords) {
  static final Given NOTHING = new Given(List.of(), Map.of());

  static Given of(Value... values) {
    return new Given(List.of(values), Map.of());
  }

  /// The same without the first positional value.
  Given rest() {
    return new Given(positional.subList(1, positional.size()), keywords);
  }

  /// The values by the names of a function's parameters.
  Bound bind(String function, String... parameters) {
    if (positional.size() > parameters.length) {
      throw new Problem(
          "%s() takes at most %d arguments, %d are given"
              .formatted(function, parameters.length, positional.size()));
    }
    var values = new HashMap<String, Value>();
    for (int i = 0; i < positional.size(); i++) {
      values.put(parameters[i], positional.get(i));
    }
    keywords.forEach((name, value) -> {
      if (!List.of(parameters).contains(name)) {
        throw new Problem(
            "%s() has no argument '%s'; it takes %s"
                .formatted(function, Characters.printable(name), String.join(", ", parameters)));
      }
      if (values.put(name, value) != null) {
        throw new Problem(
            "%s() is given its argument '%s' twice; give it once".formatted(function, name));
      }
    });
    return new Bound(function, values);
  }

  /// Values by name.
  record Bound(String function, Map<String, Value> values) {
    Optional<Value> find(String name) {
      return Optional.ofNullable(values.get(name));
    }

    Value get(String name) {
      return find(name)
          .orElseThrow(
              () -> new Problem("%s() needs an argument '%s'; give it".formatted(function, name)));
    }

    Value get(String name, Value otherwise) {
      return values.getOrDefault(name, otherwise);
    }

    /// Whether it is there and not None.
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
