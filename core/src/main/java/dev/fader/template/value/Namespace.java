package dev.fader.template.value;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// A Jinja namespace, the only mutable value: `namespace(count=0)`.
public final class Namespace implements Value {
  private final Map<String, Value> attributes = new LinkedHashMap<>();

  public void set(String name, Value value) {
    attributes.put(name, value);
  }

  public Optional<Value> find(String name) {
    return Optional.ofNullable(attributes.get(name));
  }

  Dict dict() {
    return Value.dict(attributes);
  }
}
