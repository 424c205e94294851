package dev.fader.template.value;

import java.util.List;

/// `cycler`: returns its values in rotation.
public final class Cycler implements Value {
  private final List<Value> values;
  private int at;

  public Cycler(List<Value> values) {
    this.values = values;
  }

  public Value current() {
    return values.get(at);
  }

  public Value next() {
    var value = current();
    at = (at + 1) % values.size();
    return value;
  }

  public void reset() {
    at = 0;
  }
}
