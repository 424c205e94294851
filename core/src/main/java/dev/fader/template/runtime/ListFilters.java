package dev.fader.template.runtime;

import dev.fader.template.syntax.TokenKind;
import dev.fader.template.value.Dict;
import dev.fader.template.value.RenderingBudget;
import dev.fader.template.value.Representation;
import dev.fader.template.value.StringOperations;
import dev.fader.template.value.TemplateRuntimeException;
import dev.fader.template.value.Text;
import dev.fader.template.value.Value;
import dev.fader.template.value.Values;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/// Filters of lists and other iterables.
final class ListFilters {
  private final Interpreter interpreter;
  private final RenderingBudget budget;

  ListFilters(Interpreter interpreter) {
    this.interpreter = interpreter;
    this.budget = interpreter.budget();
  }

  Value apply(String name, Value value, CallArguments arguments) {
    return switch (name) {
      case "map" -> map(value, arguments);
      case "select", "reject", "selectattr", "rejectattr" -> select(name, value, arguments);
      case "join" -> join(value, arguments);
      case "batch" -> batch(value, arguments.bind(name, "linecount", "fill_with"));
      case "slice" -> slices(value, arguments.bind(name, "slices", "fill_with"));
      case "sum" -> sum(value, arguments.bind(name, "attribute", "start"));
      case "dictsort", "sort", "unique", "groupby", "min", "max" ->
          new SortFilters(interpreter).apply(name, value, arguments);
      default -> {
        arguments.bind(name);
        yield simple(name, value);
      }
    };
  }

  private Value simple(String name, Value value) {
    return switch (name) {
      case "first" -> {
        var items = Values.iterate(value, budget);
        yield items.hasNext()
            ? items.next()
            : new Value.Undefined("No first item, sequence was empty.");
      }
      case "last" -> last(value);
      case "items" -> items(value);
      case "list" -> Value.list(Values.list(value, budget));
      case "reverse" -> reversed(value);
      default -> {
        budget.steps(value instanceof Text text ? text.length() / 64 : 0);
        yield Value.of(Values.length(value));
      }
    };
  }

  private Value last(Value value) {
    if (value instanceof Value.Generator) {
      throw new TemplateRuntimeException(
          "'generator' object is not reversible; write '| list | last'");
    }
    var items = Values.list(value, budget);
    return items.isEmpty()
        ? new Value.Undefined("No last item, sequence was empty.")
        : items.getLast();
  }

  private static Value items(Value value) {
    return switch (value) {
      case Value.Undefined _ -> new Value.Generator(Collections.emptyIterator());
      case Dict dict -> new Value.Generator(dict.pairs().iterator());
      default ->
          throw new TemplateRuntimeException(
              "Can only get item pairs from a mapping; test 'is mapping'");
    };
  }

  private Value reversed(Value value) {
    if (value instanceof Text text) {
      return interpreter.subscripts().slice(text, Values.NONE, Values.NONE, Value.of(-1));
    }
    var reversed = new ArrayList<>(Values.list(value, budget)).reversed();
    return value instanceof Value.Generator
        ? Value.list(reversed)
        : new Value.Generator(reversed.iterator());
  }

  /// The accessor of an attribute such as `name` or `function.arguments.0`.
  static Function<Value, Value> attribute(Value path, Subscripts subscripts) {
    var parts = new ArrayList<Value>();
    if (path instanceof Text text) {
      for (var part : text.characters().split("\\.", -1)) {
        boolean number =
            !part.isEmpty()
                && part.length() < 10
                && part.chars().allMatch(c -> c >= '0' && c <= '9');
        parts.add(number ? Value.of(Long.parseLong(part)) : Value.of(part));
      }
    } else if (!(path instanceof Value.None)) {
      parts.add(path);
    }
    return value -> {
      var found = value;
      for (var part : parts) {
        found = subscripts.item(found, part);
      }
      return found;
    };
  }

  private Value map(Value value, CallArguments arguments) {
    Function<Value, Value> mapping;
    if (arguments.positional().isEmpty()) {
      var bound = arguments.bind("map", "attribute", "default");
      if (bound.find("attribute").isEmpty()) {
        throw new TemplateRuntimeException(
            "map requires a filter argument; name a filter or an attribute");
      }
      var read = withDefault(bound);
      mapping = read;
    } else {
      var filter =
          Values.text(arguments.positional().getFirst(), "what map() applies").characters();
      var rest = arguments.rest();
      mapping = item -> interpreter.filters().apply(filter, item, rest);
    }
    return new Value.Generator(mapped(itemsOf(value), mapping, budget));
  }

  /// A missing part of the path evaluates to the default.
  private Function<Value, Value> withDefault(CallArguments.BoundArguments bound) {
    var path = bound.get("attribute");
    if (!bound.has("default")) {
      return attribute(path, interpreter.subscripts());
    }
    var otherwise = bound.get("default");
    var steps = new ArrayList<Function<Value, Value>>();
    if (path instanceof Text text) {
      for (var part : text.characters().split("\\.", -1)) {
        steps.add(attribute(Value.of(part), interpreter.subscripts()));
      }
    } else {
      steps.add(attribute(path, interpreter.subscripts()));
    }
    return value -> {
      var found = value;
      for (var step : steps) {
        found = step.apply(found);
        found = found instanceof Value.Undefined ? otherwise : found;
      }
      return found;
    };
  }

  /// An iterator over another adds to its depth, as templates can stack them.
  private static Iterator<Value> mapped(
      Iterator<Value> items, Function<Value, Value> mapping, RenderingBudget budget) {
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        budget.enter();
        boolean hasNext = items.hasNext();
        budget.leave();
        return hasNext;
      }

      @Override
      public Value next() {
        budget.enter();
        var value = mapping.apply(items.next());
        budget.leave();
        return value;
      }
    };
  }

  private Value select(String name, Value value, CallArguments arguments) {
    Function<Value, Value> read = item -> item;
    var rest = arguments;
    if (name.endsWith("attr")) {
      if (arguments.positional().isEmpty()) {
        throw new TemplateRuntimeException("Missing parameter for attribute name; give one");
      }
      read = attribute(arguments.positional().getFirst(), interpreter.subscripts());
      rest = arguments.rest();
    }
    boolean wanted = name.startsWith("select");
    var test = test(rest);
    var reading = read;
    return new Value.Generator(
        filtered(itemsOf(value), item -> test.test(reading.apply(item)) == wanted, budget));
  }

  /// A false value, even None, has no items.
  private Iterator<Value> itemsOf(Value value) {
    return value.isTrue() ? Values.iterate(value, budget) : Collections.emptyIterator();
  }

  private Predicate<Value> test(CallArguments arguments) {
    if (arguments.positional().isEmpty()) {
      return Value::isTrue;
    }
    var name = Values.text(arguments.positional().getFirst(), "the name of a test").characters();
    var rest = arguments.rest();
    return item -> interpreter.tests().holds(name, item, rest);
  }

  /// The items for which `kept` holds, evaluated lazily.
  static Iterator<Value> filtered(
      Iterator<Value> items, Predicate<Value> kept, RenderingBudget budget) {
    return new Iterator<>() {
      private Optional<Value> next = Optional.empty();

      @Override
      public boolean hasNext() {
        budget.enter();
        while (next.isEmpty() && items.hasNext()) {
          next = Optional.of(items.next()).filter(kept);
        }
        budget.leave();
        return next.isPresent();
      }

      @Override
      public Value next() {
        if (!hasNext()) {
          throw new NoSuchElementException();
        }
        var value = next.orElseThrow();
        next = Optional.empty();
        return value;
      }
    };
  }

  private Value join(Value value, CallArguments arguments) {
    var bound = arguments.bind("join", "d", "attribute");
    var read = attribute(bound.get("attribute", Values.NONE), interpreter.subscripts());
    var separator = Representation.text(bound.get("d", Text.EMPTY), budget);
    var items = Values.iterate(value, budget);
    Iterable<Value> texts =
        () -> mapped(items, item -> Representation.text(read.apply(item), budget), budget);
    return StringOperations.join(separator, texts, budget);
  }

  private Value batch(Value value, CallArguments.BoundArguments bound) {
    long size = Values.whole(bound.get("linecount"));
    var fill = bound.get("fill_with", Values.NONE);
    var batches = new ArrayList<Value>();
    var batch = new ArrayList<Value>();
    for (var item : Values.list(value, budget)) {
      if (batch.size() == size) {
        batches.add(Value.list(List.copyOf(batch)));
        batch.clear();
      }
      batch.add(item);
    }
    if (!batch.isEmpty()) {
      if (!(fill instanceof Value.None)) {
        budget.items(1, size - batch.size());
        while (batch.size() < size) {
          batch.add(fill);
        }
      }
      batches.add(Value.list(List.copyOf(batch)));
    }
    return new Value.Generator(batches.iterator());
  }

  private Value slices(Value value, CallArguments.BoundArguments bound) {
    var items = Values.list(value, budget);
    long count = Values.whole(bound.get("slices"));
    if (count == 0) {
      throw new TemplateRuntimeException("slice() into 0 parts; ask for at least 1");
    }
    budget.items(1, count);
    var fill = bound.get("fill_with", Values.NONE);
    var slices = new ArrayList<Value>();
    int from = 0;
    for (long i = 0; i < count; i++) {
      boolean longer = i < items.size() % count;
      int to = from + (int) (items.size() / count) + (longer ? 1 : 0);
      var slice = new ArrayList<>(items.subList(from, to));
      if (!(fill instanceof Value.None) && !longer) {
        slice.add(fill);
      }
      slices.add(Value.list(slice));
      from = to;
    }
    return new Value.Generator(slices.iterator());
  }

  private Value sum(Value value, CallArguments.BoundArguments bound) {
    var read = attribute(bound.get("attribute", Values.NONE), interpreter.subscripts());
    var sum = bound.get("start", Value.of(0));
    if (sum instanceof Text) {
      throw new TemplateRuntimeException("sum() can't sum strings; use 'join'");
    }
    var items = Values.iterate(value, budget);
    while (items.hasNext()) {
      sum = interpreter.arithmetic().apply(TokenKind.PLUS, sum, read.apply(items.next()));
    }
    return sum;
  }
}
