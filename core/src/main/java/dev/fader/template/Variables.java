package dev.fader.template;

import dev.fader.template.value.Dict;
import dev.fader.template.value.Origin;
import dev.fader.template.value.TemplateRuntimeException;
import dev.fader.template.value.Text;
import dev.fader.template.value.Value;
import dev.fader.template.value.Values;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Converts the caller's variables to template values.
final class Variables {
  private static final int DEEPEST = 200;

  private Variables() {}

  static Map<String, Value> values(Map<String, ?> variables) {
    var values = new HashMap<String, Value>();
    variables.forEach((name, value) -> values.put(name, value(value, Origin.TEMPLATE, 0)));
    return values;
  }

  private static Value value(Object object, Origin origin, int depth) {
    if (depth > DEEPEST) {
      throw new TemplateRuntimeException(
          "variables are more than %d deep within each other; flatten them".formatted(DEEPEST));
    }
    return switch (object) {
      case Untrusted other -> value(other.value(), Origin.of(true, origin.source()), depth);
      case Traced traced -> traced(traced, origin, depth);
      case Template.None _ -> Values.NONE;
      case String text -> Text.of(text, origin);
      case Boolean flag -> Value.of(flag);
      case Integer number -> Value.of(number);
      case Long number -> Value.of(number);
      case BigInteger number -> Value.of(number);
      case Float number -> new Value.Real(number);
      case Double number -> new Value.Real(number);
      case List<?> list -> {
        var values = new ArrayList<Value>(list.size());
        list.forEach(item -> values.add(value(item, origin, depth + 1)));
        yield Value.list(values);
      }
      case Map<?, ?> map -> dict(map, new Dict(), origin, depth);
      default ->
          throw new IllegalArgumentException(
              "a template takes no " + object.getClass().getName() + ": give plain values");
    };
  }

  private static Value traced(Traced traced, Origin around, int depth) {
    var origin = Origin.of(around.untrusted(), traced.source());
    return traced.value() instanceof Map<?, ?> map
        ? dict(map, new Dict(traced.source()), origin, depth)
        : value(traced.value(), origin, depth);
  }

  private static Dict dict(Map<?, ?> map, Dict dict, Origin origin, int depth) {
    map.forEach(
        (key, item) -> dict.put(value(key, origin, depth + 1), value(item, origin, depth + 1)));
    return dict;
  }
}
