package dev.fader.template.value;

import dev.fader.template.syntax.Statement;
import java.math.BigInteger;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/// What an expression has as its value: the plain values of Python, and the few objects of Jinja.
public sealed interface Value
    permits Value.Plain, Value.Callable, Text, Dict, Namespace, Loop, Cycler {
  /// Values that are only what they hold.
  sealed interface Plain extends Value {}

  /// Values that can be called.
  sealed interface Callable extends Value permits Macro, Method, Builtin, Joiner {}

  /// `None`.
  record None() implements Plain {}

  /// What is not there.
  ///
  /// @param problem what to say to whoever needs it
  record Undefined(String problem) implements Plain {}

  /// `True` or `False`.
  record Flag(boolean on) implements Plain {}

  /// An integer.
  record Whole(long number) implements Plain {}

  /// An integer beyond 64 bits. It can be compared and printed; there is no arithmetic with it.
  record Large(BigInteger number) implements Plain {}

  /// A floating-point number.
  record Real(double number) implements Plain {}

  /// A list, which nobody can change.
  record Items(List<Value> values) implements Plain {}

  /// A tuple, whose places may have names.
  record Tuple(List<Value> values, List<String> names) implements Plain {
    public Tuple(List<Value> values) {
      this(values, List.of());
    }
  }

  /// `range(start, stop, step)`.
  record Range(long start, long step, int size) implements Plain {
    public Value at(long index) {
      return new Whole(start + index * step);
    }
  }

  /// The items, keys or values of a dictionary, as its methods give them.
  record View(String kind, List<Value> values) implements Plain {}

  /// A generator: read once, and true even when it is empty.
  record Lazy(Iterator<Value> values) implements Plain {}

  /// A method of a value, such as `content.strip`.
  record Method(Value self, String name) implements Callable {}

  /// A function that is always there, such as `range`.
  record Builtin(String name) implements Callable {}

  /// A macro, or the body of a `call` block.
  ///
  /// @param scope where it was defined
  record Macro(Statement.Signature signature, List<Statement> body, Scope scope)
      implements Callable {}

  /// Empty the first time it is called.
  final class Joiner implements Callable {
    private final Value separator;
    private boolean used;

    public Joiner(Value separator) {
      this.separator = separator;
    }

    public Value next() {
      if (used) {
        return separator;
      }
      used = true;
      return Text.EMPTY;
    }
  }

  static Flag of(boolean on) {
    return on ? Values.TRUE : Values.FALSE;
  }

  static Whole of(long number) {
    return new Whole(number);
  }

  /// An integer of any size.
  static Plain of(BigInteger number) {
    return number.bitLength() < Long.SIZE ? new Whole(number.longValue()) : new Large(number);
  }

  /// Text that the template made.
  static Text of(String text) {
    return Text.own(text);
  }

  static Items list(List<Value> values) {
    return new Items(values);
  }

  static Tuple pair(Value first, Value second) {
    return new Tuple(List.of(first, second));
  }

  /// Python's truth.
  default boolean isTrue() {
    return switch (this) {
      case None _, Undefined _ -> false;
      case Flag flag -> flag.on;
      case Whole whole -> whole.number != 0;
      case Large _ -> true;
      case Real real -> real.number != 0;
      case Items items -> !items.values.isEmpty();
      case Tuple tuple -> !tuple.values.isEmpty();
      case Range range -> range.size > 0;
      case View view -> !view.values.isEmpty();
      case Text text -> !text.isEmpty();
      case Dict dict -> dict.size() > 0;
      case Lazy _, Callable _, Namespace _, Loop _, Cycler _ -> true;
    };
  }

  /// The name of its type in Python.
  default String type() {
    return switch (this) {
      case None _ -> "NoneType";
      case Undefined _ -> "Undefined";
      case Flag _ -> "bool";
      case Whole _, Large _ -> "int";
      case Real _ -> "float";
      case Items _ -> "list";
      case Tuple _ -> "tuple";
      case Range _ -> "range";
      case View view -> view.kind;
      case Lazy _ -> "generator";
      case Text _ -> "str";
      case Dict _ -> "dict";
      case Namespace _ -> "Namespace";
      case Loop _ -> "LoopContext";
      case Cycler _ -> "Cycler";
      case Joiner _ -> "Joiner";
      case Macro _ -> "Macro";
      case Method _ -> "method";
      case Builtin _ -> "function";
    };
  }

  /// How errors of lookups name it.
  default String described() {
    return this instanceof None ? "None" : type() + " object";
  }

  /// The entries of a mapping from texts, in order.
  static Dict dict(Map<String, Value> entries) {
    var dict = new Dict();
    entries.forEach((name, value) -> dict.put(of(name), value));
    return dict;
  }
}
