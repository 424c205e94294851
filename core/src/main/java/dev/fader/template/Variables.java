package dev.fader.template;

import dev.fader.template.value.Dict;
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
    variables.forEach((name, value) -> values.put(name, value(value, false, 0)));
    return values;
  }

  private static Value value(Object object, boolean untrusted, int depth) {
    if (depth > DEEPEST) {
      throw new TemplateRuntimeException(
          "variables are more than %d deep within each other; flatten them".formatted(DEEPEST));
    }
    return switch (object) {
      case Untrusted other -> value(other.value(), true, depth);
      case Template.None _ -> Values.NONE;
      case String text -> untrusted ? Text.untrusted(text) : Text.own(text);
      case Boolean flag -> Value.of(flag);
      case Integer number -> Value.of(number);
      case Long number -> Value.of(number);
      case BigInteger number -> Value.of(number);
      case Float number -> new Value.Real(number);
      case Double number -> new Value.Real(number);
      case List<?> list -> {
        var values = new ArrayList<Value>(list.size());
        list.forEach(item -> values.add(value(item, untrusted, depth + 1)));
        yield Value.list(values);
      }
      case Map<?, ?> map -> {
        var dict = new Dict();
        map.forEach((key, item) ->
            dict.put(value(key, untrusted, depth + 1), value(item, untrusted, depth + 1)));
        yield dict;
      }
      default ->
          throw new IllegalArgumentException(
              "a template takes no " + object.getClass().getName() + ": give plain values");
    };
  }
}
