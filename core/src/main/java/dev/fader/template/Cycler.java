package dev.fader.template;

import java.util.List;

/// Its values in turn, over and over.
final class Cycler implements Value {
  private final List<Value> values;
  private int at;

  Cycler(List<Value> values) {
    this.values = values;
  }

  Value current() {
    return values.get(at);
  }

  Value next() {
    var value = current();
    at = (at + 1) % values.size();
    return value;
  }

  void reset() {
    at = 0;
  }
}
