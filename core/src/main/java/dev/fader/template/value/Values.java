package dev.fader.template.value;

import dev.fader.template.syntax.Characters;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.function.IntFunction;

/// Operations common to all values.
public final class Values {
  public static final Value.None NONE = new Value.None();
  public static final Value.Bool TRUE = new Value.Bool(true);
  public static final Value.Bool FALSE = new Value.Bool(false);

  /// An estimate of the memory of one character as a value of its own.
  private static final int CHARACTER_STEPS = 8;

  private Values() {}

  /// Whether two are the same object.
  @SuppressWarnings("ReferenceEquality")
  public static boolean isSame(Object one, Object other) {
    return one == other;
  }

  /// The value, which must be defined.
  public static Value defined(Value value) {
    if (value instanceof Value.Undefined undefined) {
      throw new TemplateRuntimeException(undefined.problem());
    }
    return value;
  }

  public static Value undefined(Value of, String name) {
    return new Value.Undefined(
        "'"
            + of.described()
            + "' has no attribute '"
            + Characters.printable(name)
            + "'; test it with 'is defined'");
  }

  public static Value noElement(Value of, Value index, RenderingBudget budget) {
    return index instanceof Text name
        ? undefined(of, name.characters())
        : new Value.Undefined(
            of.described()
                + " has no element "
                + Characters.printable(Representation.repr(index, budget).toString())
                + "; test it with 'is defined'");
  }

  /// Whether Python counts it as an integer.
  public static boolean isWhole(Value value) {
    return value instanceof Value.Int
        || value instanceof Value.Bool
        || value instanceof Value.BigInt;
  }

  /// An integer; True is 1.
  public static long whole(Value value) {
    return switch (defined(value)) {
      case Value.Int whole -> whole.number();
      case Value.Bool flag -> flag.on() ? 1 : 0;
      case Value.BigInt large ->
          throw new TemplateRuntimeException(
              "%s does not fit 64 bits; use a smaller integer".formatted(large.number()));
      default ->
          throw new TemplateRuntimeException(
              "an integer is needed, not '%s'".formatted(value.type()));
    };
  }

  public static double real(Value value) {
    return switch (value) {
      case Value.Real real -> real.number();
      case Value.BigInt large -> large.number().doubleValue();
      default -> (double) whole(value);
    };
  }

  /// An integer of any size; True is 1.
  public static BigInteger integer(Value value) {
    return value instanceof Value.BigInt large ? large.number() : BigInteger.valueOf(whole(value));
  }

  public static Text text(Value value, String what) {
    if (defined(value) instanceof Text text) {
      return text;
    }
    throw new TemplateRuntimeException(
        "%s must be a text, not '%s'; write '... | string'".formatted(what, value.type()));
  }

  /// `len(value)`
  public static long length(Value value) {
    return switch (value) {
      case Text text -> text.size();
      case Dict dict -> dict.size();
      case Value.ListValue items -> items.values().size();
      case Value.Tuple tuple -> tuple.values().size();
      case Value.DictView view -> view.values().size();
      case Value.Range range -> range.size();
      case Value.Undefined _ -> 0;
      case Loop loop -> loop.length();
      default ->
          throw new TemplateRuntimeException(
              "object of type '%s' has no len(); make it a list".formatted(value.type()));
    };
  }

  /// Iterates a value: a text by characters, a dictionary by keys.
  public static Iterator<Value> iterate(Value value, RenderingBudget budget) {
    return switch (value) {
      case Value.ListValue items -> counted(items.values().iterator(), budget);
      case Value.Tuple tuple -> counted(tuple.values().iterator(), budget);
      case Value.DictView view -> counted(view.values().iterator(), budget);
      case Value.Generator lazy -> lazy.values();
      case Dict dict -> counted(dict.keys().iterator(), budget);
      case Value.Undefined _ -> List.<Value>of().iterator();
      case Value.Range range -> indexed(range.size(), range::at, budget);
      case Text text -> characters(text, budget);
      default ->
          throw new TemplateRuntimeException(
              "'%s' object is not iterable; test it with 'is iterable'".formatted(value.type()));
    };
  }

  public static List<Value> list(Value value, RenderingBudget budget) {
    return switch (value) {
      case Value.ListValue items -> items.values();
      case Value.Tuple tuple -> tuple.values();
      case Value.DictView view -> view.values();
      default -> {
        var list = new ArrayList<Value>();
        iterate(value, budget).forEachRemaining(list::add);
        yield list;
      }
    };
  }

  private static Iterator<Value> characters(Text text, RenderingBudget budget) {
    return new Iterator<>() {
      private int at;

      @Override
      public boolean hasNext() {
        return at < text.length();
      }

      @Override
      public Value next() {
        budget.steps(CHARACTER_STEPS);
        int from = at;
        at += Character.charCount(text.characters().codePointAt(at));
        return text.slice(from, at).withSafe(false);
      }
    };
  }

  private static Iterator<Value> indexed(
      int size, IntFunction<Value> item, RenderingBudget budget) {
    return new Iterator<>() {
      private int at;

      @Override
      public boolean hasNext() {
        return at < size;
      }

      @Override
      public Value next() {
        budget.step();
        return item.apply(at++);
      }
    };
  }

  private static Iterator<Value> counted(Iterator<Value> items, RenderingBudget budget) {
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return items.hasNext();
      }

      @Override
      public Value next() {
        budget.step();
        return items.next();
      }
    };
  }
}
