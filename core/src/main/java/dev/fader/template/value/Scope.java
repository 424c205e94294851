package dev.fader.template.value;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// A lexical scope: names and their values, nested in an outer scope.
public final class Scope {
  private final Optional<Scope> around;
  private final Map<String, Value> values = new HashMap<>();

  private Scope(Optional<Scope> around) {
    this.around = around;
  }

  public static Scope outermost() {
    return new Scope(Optional.empty());
  }

  public Scope inner() {
    return new Scope(Optional.of(this));
  }

  public void set(String name, Value value) {
    values.put(name, value);
  }

  public Optional<Value> find(String name) {
    var scope = this;
    while (true) {
      var value = scope.values.get(name);
      if (value != null) {
        return Optional.of(value);
      }
      if (scope.around.isEmpty()) {
        return Optional.empty();
      }
      scope = scope.around.get();
    }
  }
}
