package dev.fader.template;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// The one thing that a template can change: `namespace(count=0)`.
final class Namespace implements Value {
  private final Map<String, Value> attributes = new LinkedHashMap<>();

  void set(String name, Value value) {
    attributes.put(name, value);
  }

  Optional<Value> find(String name) {
    return Optional.ofNullable(attributes.get(name));
  }

  Dict dict() {
    return Value.dict(attributes);
  }
}
