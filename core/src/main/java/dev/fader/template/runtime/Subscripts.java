package dev.fader.template.runtime;

import dev.fader.template.syntax.Characters;
import dev.fader.template.value.Cycler;
import dev.fader.template.value.Dict;
import dev.fader.template.value.Loop;
import dev.fader.template.value.Namespace;
import dev.fader.template.value.RenderingBudget;
import dev.fader.template.value.TemplateRuntimeException;
import dev.fader.template.value.Text;
import dev.fader.template.value.TextBuilder;
import dev.fader.template.value.Value;
import dev.fader.template.value.Values;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Evaluates `a.b`, `a['b']`, `a[0]` and `a[1:2]`. As in Jinja, a dot looks up a dictionary's
/// methods before its entries, brackets the other way round.
final class Subscripts {
  private static final Set<String> TEXT_METHODS =
      Set.of(
          "capitalize",
          "casefold",
          "center",
          "count",
          "endswith",
          "expandtabs",
          "find",
          "format",
          "index",
          "isalnum",
          "isalpha",
          "isascii",
          "isdecimal",
          "isdigit",
          "isidentifier",
          "islower",
          "isnumeric",
          "isprintable",
          "isspace",
          "istitle",
          "isupper",
          "join",
          "ljust",
          "lower",
          "lstrip",
          "partition",
          "removeprefix",
          "removesuffix",
          "replace",
          "rfind",
          "rindex",
          "rjust",
          "rpartition",
          "rsplit",
          "rstrip",
          "split",
          "splitlines",
          "startswith",
          "strip",
          "swapcase",
          "title",
          "upper",
          "zfill");
  private static final Set<String> DICT_METHODS = Set.of("copy", "get", "items", "keys", "values");
  private static final Set<String> LIST_METHODS = Set.of("copy", "count", "index");
  private static final Set<String> CHANGING =
      Set.of(
          "append",
          "clear",
          "extend",
          "insert",
          "pop",
          "popitem",
          "remove",
          "reverse",
          "setdefault",
          "sort",
          "update");
  private static final Set<String> CHANGING_DICT =
      Set.of("clear", "pop", "popitem", "setdefault", "update");

  private final RenderingBudget budget;

  Subscripts(RenderingBudget budget) {
    this.budget = budget;
  }

  RenderingBudget budget() {
    return budget;
  }

  /// `of.name`
  Value attribute(Value of, String name) {
    var own = own(Values.defined(of), name);
    if (own.isPresent()) {
      return own.get();
    }
    return entry(of, Value.of(name)).orElseGet(() -> Values.undefined(of, name));
  }

  /// `of[index]`
  Value item(Value of, Value index) {
    var entry = entry(Values.defined(of), index);
    if (entry.isPresent()) {
      return entry.get();
    }
    return index instanceof Text name
        ? own(of, name.characters()).orElseGet(() -> Values.undefined(of, name.characters()))
        : Values.noElement(of, index, budget);
  }

  /// The result of Python's `getattr`.
  Optional<Value> own(Value of, String name) {
    boolean hidden = name.startsWith("__") && name.endsWith("__") && !(of instanceof Namespace);
    if (hidden || changes(of, name)) {
      return Optional.of(
          new Value.Undefined(
              "access to attribute '%s' of '%s' object is unsafe; templates change nothing"
                  .formatted(Characters.printable(name), of.type())));
    }
    return switch (of) {
      case Loop loop -> loop.attribute(name);
      case Namespace namespace -> namespace.find(name);
      case Cycler cycler ->
          switch (name) {
            case "current" -> Optional.of(cycler.current());
            case "next", "reset" -> Optional.of(new Value.Method(of, name));
            default -> Optional.empty();
          };
      case Value.Macro macro -> macro(macro, name);
      case Value.Tuple tuple when tuple.names().contains(name) ->
          Optional.of(tuple.values().get(tuple.names().indexOf(name)));
      default ->
          methods(of).contains(name) ? Optional.of(new Value.Method(of, name)) : Optional.empty();
    };
  }

  private static boolean changes(Value of, String name) {
    return (of instanceof Value.ListValue && CHANGING.contains(name))
        || (of instanceof Dict && CHANGING_DICT.contains(name));
  }

  private static Optional<Value> macro(Value.Macro macro, String name) {
    return switch (name) {
      case "name" -> Optional.of(Value.of(macro.signature().name()));
      case "arguments" ->
          Optional.of(
              new Value.Tuple(
                  macro.signature().parameters().stream().<Value>map(Value::of).toList()));
      default -> Optional.empty();
    };
  }

  private static Set<String> methods(Value of) {
    return switch (of) {
      case Text _ -> TEXT_METHODS;
      case Dict _ -> DICT_METHODS;
      case Value.ListValue _ -> LIST_METHODS;
      case Value.Tuple _, Value.Range _ -> Set.of("count", "index");
      case Value.Real _ -> Set.of("is_integer");
      case Value.Int _, Value.Bool _ -> Set.of("bit_length");
      default -> Set.of();
    };
  }

  private Optional<Value> entry(Value of, Value index) {
    return switch (of) {
      case Dict dict -> isKey(index) ? dict.find(index) : Optional.empty();
      case Value.ListValue items when Values.isWhole(index) ->
          at(items.values(), Values.whole(index));
      case Value.Tuple tuple when Values.isWhole(index) -> at(tuple.values(), Values.whole(index));
      case Value.Range range when Values.isWhole(index) -> {
        long place = place(Values.whole(index), range.size());
        yield place < 0 ? Optional.empty() : Optional.of(range.at(place));
      }
      case Text text when Values.isWhole(index) -> character(text, Values.whole(index));
      default -> Optional.empty();
    };
  }

  private static boolean isKey(Value index) {
    return !(index instanceof Value.ListValue
        || index instanceof Dict
        || index instanceof Value.DictView);
  }

  private static Optional<Value> at(List<Value> values, long index) {
    long place = place(index, values.size());
    return place < 0 ? Optional.empty() : Optional.of(values.get((int) place));
  }

  /// Negative indices count from the end; -1 if it is out of range.
  private static long place(long index, int size) {
    long place = index < 0 ? index + size : index;
    return place >= 0 && place < size ? place : -1;
  }

  private Optional<Value> character(Text text, long index) {
    budget.steps(text.length() / 64);
    long place = place(index, text.size());
    if (place < 0) {
      return Optional.empty();
    }
    int from = text.place((int) place);
    int length = Character.charCount(text.characters().codePointAt(from));
    return Optional.of(text.slice(from, from + length));
  }

  /// `of[start:stop:step]`, each None if omitted.
  Value slice(Value of, Value start, Value stop, Value step) {
    Values.defined(of);
    long by = step instanceof Value.None ? 1 : Values.whole(step);
    if (by == 0) {
      throw new TemplateRuntimeException("slice step cannot be zero; leave it out");
    }
    return switch (of) {
      case Text text -> text(counted(text), sliceIndices(start, stop, by, text.size()), by);
      case Value.ListValue items -> Value.list(pick(items.values(), start, stop, by));
      case Value.Tuple tuple -> new Value.Tuple(pick(tuple.values(), start, stop, by));
      case Value.Range range -> {
        var sliceIndices = sliceIndices(start, stop, by, range.size());
        yield new Value.Range(
            range.start() + sliceIndices.first * range.step(),
            range.step() * by,
            (int) sliceIndices.count);
      }
      default ->
          throw new TemplateRuntimeException(
              "'%s' object has no slices; make it a list first".formatted(of.type()));
    };
  }

  private Text counted(Text text) {
    budget.whole(text);
    return text;
  }

  private List<Value> pick(List<Value> values, Value start, Value stop, long step) {
    var picked = new ArrayList<Value>();
    var sliceIndices = sliceIndices(start, stop, step, values.size());
    budget.steps(sliceIndices.count);
    for (long i = 0, at = sliceIndices.first; i < sliceIndices.count; i++, at += step) {
      picked.add(values.get((int) at));
    }
    return picked;
  }

  private Text text(Text text, SliceIndices sliceIndices, long step) {
    if (sliceIndices.count == 0) {
      return Text.EMPTY;
    }
    if (step == 1) {
      int from = text.place((int) sliceIndices.first);
      int to = text.characters().offsetByCodePoints(from, (int) sliceIndices.count);
      return text.slice(from, to);
    }
    budget.steps(sliceIndices.count);
    int[] starts = starts(text.characters());
    var builder = new TextBuilder(budget);
    for (long i = 0, at = sliceIndices.first; i < sliceIndices.count; i++, at += step) {
      builder.append(text, starts[(int) at], starts[(int) at + 1]);
    }
    return builder.text().withSafe(text.isSafe());
  }

  /// The start of each code point, and the end.
  private static int[] starts(String characters) {
    var starts = new int[characters.codePointCount(0, characters.length()) + 1];
    int at = 0;
    for (int i = 1; i < starts.length; i++) {
      at += Character.charCount(characters.codePointAt(at));
      starts[i] = at;
    }
    return starts;
  }

  private record SliceIndices(long first, long count) {}

  private static SliceIndices sliceIndices(Value start, Value stop, long step, int size) {
    long low = step > 0 ? 0 : -1;
    long high = step > 0 ? size : size - 1L;
    long first = bound(start, step > 0 ? low : high, new long[] {low, high, size});
    long end = bound(stop, step > 0 ? high : low, new long[] {low, high, size});
    long span = step > 0 ? end - first : first - end;
    long stride = step == Long.MIN_VALUE ? Long.MAX_VALUE : Math.abs(step);
    return new SliceIndices(first, span <= 0 ? 0 : (span - 1) / stride + 1);
  }

  /// @param limits the lowest and highest index, and the size
  private static long bound(Value given, long otherwise, long[] limits) {
    if (given instanceof Value.None) {
      return otherwise;
    }
    long index = Values.whole(given);
    return Math.clamp(index < 0 ? index + limits[2] : index, limits[0], limits[1]);
  }
}
