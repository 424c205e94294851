package dev.fader.template.value;

import dev.fader.template.syntax.Statement;
import java.math.BigInteger;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

/// The value of an expression: the basic types of Python, and a few objects of Jinja.
public sealed interface Value
    permits Value.Plain, Value.Callable, Text, Dict, Namespace, Loop, Cycler {
  /// Values without behavior.
  sealed interface Plain extends Value {}

  /// Values that can be called.
  sealed interface Callable extends Value permits Macro, Method, Builtin, Joiner {}

  /// `None`.
  record None() implements Plain {}

  /// A missing value.
  ///
  /// @param problem the error for using it
  record Undefined(String problem) implements Plain {}

  /// `True` or `False`.
  record Bool(boolean on) implements Plain {}

  /// An integer.
  record Int(long number) implements Plain {}

  /// An integer beyond 64 bits. It can be compared and printed, but there is no arithmetic with it.
  record BigInt(BigInteger number) implements Plain {}

  /// A floating-point number.
  record Real(double number) implements Plain {}

  /// An immutable list.
  record ListValue(List<Value> values) implements Plain {}

  /// A tuple, optionally with named elements.
  record Tuple(List<Value> values, List<String> names) implements Plain {
    public Tuple(List<Value> values) {
      this(values, List.of());
    }
  }

  /// `range(start, stop, step)`.
  record Range(long start, long step, int size) implements Plain {
    public Value at(long index) {
      return new Int(start + index * step);
    }
  }

  /// A view of a dictionary's items, keys or values.
  record DictView(String kind, List<Value> values) implements Plain {}

  /// A generator: consumed once, and always true.
  record Generator(Iterator<Value> values) implements Plain {}

  /// A method of a value, such as `content.strip`.
  record Method(Value self, String name) implements Callable {}

  /// A global function, such as `range`.
  record Builtin(String name) implements Callable {}

  /// A macro, or the body of a `call` block.
  ///
  /// @param scope where it was defined
  record Macro(Statement.Signature signature, List<Statement> body, Scope scope)
      implements Callable {}

  /// Returns the empty text on the first call, then the separator.
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

  static Bool of(boolean on) {
    return on ? Values.TRUE : Values.FALSE;
  }

  static Int of(long number) {
    return new Int(number);
  }

  /// An integer of any size.
  static Plain of(BigInteger number) {
    return number.bitLength() < Long.SIZE ? new Int(number.longValue()) : new BigInt(number);
  }

  /// Trusted text.
  static Text of(String text) {
    return Text.own(text);
  }

  static ListValue list(List<Value> values) {
    return new ListValue(values);
  }

  static Tuple pair(Value first, Value second) {
    return new Tuple(List.of(first, second));
  }

  /// Python's truth value.
  default boolean isTrue() {
    return switch (this) {
      case None _, Undefined _ -> false;
      case Bool flag -> flag.on;
      case Int whole -> whole.number != 0;
      case BigInt _ -> true;
      case Real real -> real.number != 0;
      case ListValue items -> !items.values.isEmpty();
      case Tuple tuple -> !tuple.values.isEmpty();
      case Range range -> range.size > 0;
      case DictView view -> !view.values.isEmpty();
      case Text text -> !text.isEmpty();
      case Dict dict -> dict.size() > 0;
      case Generator _, Callable _, Namespace _, Loop _, Cycler _ -> true;
    };
  }

  /// The name of its Python type.
  default String type() {
    return switch (this) {
      case None _ -> "NoneType";
      case Undefined _ -> "Undefined";
      case Bool _ -> "bool";
      case Int _, BigInt _ -> "int";
      case Real _ -> "float";
      case ListValue _ -> "list";
      case Tuple _ -> "tuple";
      case Range _ -> "range";
      case DictView view -> view.kind;
      case Generator _ -> "generator";
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

  /// Its name in errors of lookups.
  default String described() {
    return this instanceof None ? "None" : type() + " object";
  }

  /// A dictionary with text keys, in order.
  static Dict dict(Map<String, Value> entries) {
    var dict = new Dict();
    entries.forEach((name, value) -> dict.put(of(name), value));
    return dict;
  }
}
