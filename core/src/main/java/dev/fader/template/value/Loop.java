package dev.fader.template.value;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/// The variable `loop` of a `for` statement: its position and the neighbouring items.
public final class Loop implements Value {
  private final Value items;
  private final int level;
  private final Recursion recursion;
  private Iterator<Value> rest;
  private Optional<Value> before = Optional.empty();
  private Optional<Value> current = Optional.empty();
  private Optional<Value> after = Optional.empty();
  private Optional<List<Value>> changing = Optional.empty();
  private long length = -1;
  private long index = -1;

  /// Renders the loop again for `loop(items)`.
  @FunctionalInterface
  public interface Recursion {
    Text render(Value items, int level);
  }

  /// @param items the items, if their number is known
  /// @param level number of enclosing loops of the same recursive statement
  public Loop(Value items, Iterator<Value> rest, int level, Recursion recursion) {
    this.items = items;
    this.rest = rest;
    this.level = level;
    this.recursion = recursion;
  }

  /// Advances to the next item, if there is one.
  public Optional<Value> next() {
    var next = peek();
    after = Optional.empty();
    if (next.isPresent()) {
      before = current;
      current = next;
      index++;
    }
    return next;
  }

  private Optional<Value> peek() {
    if (after.isEmpty() && rest.hasNext()) {
      after = Optional.of(rest.next());
    }
    return after;
  }

  long length() {
    if (length < 0) {
      if (items instanceof Value.Generator) {
        var left = new ArrayList<Value>();
        rest.forEachRemaining(left::add);
        rest = left.iterator();
        length = left.size() + index + 1 + (after.isPresent() ? 1 : 0);
      } else {
        length = Values.length(items);
      }
    }
    return length;
  }

  public Text recurse(Value inner) {
    return recursion.render(inner, level + 1);
  }

  public Optional<Value> attribute(String name) {
    return switch (name) {
      case "index" -> Optional.of(Value.of(index + 1));
      case "index0" -> Optional.of(Value.of(index));
      case "revindex" -> Optional.of(Value.of(length() - index));
      case "revindex0" -> Optional.of(Value.of(length() - index - 1));
      case "first" -> Optional.of(Value.of(index == 0));
      case "last" -> Optional.of(Value.of(peek().isEmpty()));
      case "length" -> Optional.of(Value.of(length()));
      case "depth" -> Optional.of(Value.of(level + 1L));
      case "depth0" -> Optional.of(Value.of(level));
      case "previtem" -> before.or(() -> missing("there is no previous item"));
      case "nextitem" -> peek().or(() -> missing("there is no next item"));
      case "cycle", "changed" -> Optional.of(new Value.Method(this, name));
      default -> Optional.empty();
    };
  }

  private static Optional<Value> missing(String problem) {
    return Optional.of(new Value.Undefined(problem));
  }

  public Value cycle(List<Value> values) {
    if (values.isEmpty()) {
      throw new TemplateRuntimeException("no items for cycling given; give at least one");
    }
    return values.get((int) (index % values.size()));
  }

  public Value changed(List<Value> values, Comparison comparison) {
    boolean same =
        changing.isPresent() && comparison.equal(Value.list(changing.get()), Value.list(values));
    if (!same) {
      changing = Optional.of(values);
    }
    return Value.of(!same);
  }
}
