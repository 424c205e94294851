package dev.fader.template.runtime;

import dev.fader.template.value.Comparison;
import dev.fader.template.value.Dict;
import dev.fader.template.value.RenderingBudget;
import dev.fader.template.value.StringOperations;
import dev.fader.template.value.TemplateRuntimeException;
import dev.fader.template.value.Text;
import dev.fader.template.value.Value;
import dev.fader.template.value.Values;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.function.Function;

/// Filters that sort, group or compare items; case-insensitive by default.
final class SortFilters {
  private final Interpreter interpreter;
  private final RenderingBudget budget;
  private final Comparison comparison;

  SortFilters(Interpreter interpreter) {
    this.interpreter = interpreter;
    this.budget = interpreter.budget();
    this.comparison = interpreter.comparison();
  }

  Value apply(String name, Value value, CallArguments arguments) {
    return switch (name) {
      case "dictsort" -> dictSort(value, arguments.bind(name, "case_sensitive", "by", "reverse"));
      case "sort" -> sort(value, arguments.bind(name, "reverse", "case_sensitive", "attribute"));
      case "unique" -> unique(value, arguments.bind(name, "case_sensitive", "attribute"));
      case "groupby" ->
          group(value, arguments.bind(name, "attribute", "default", "case_sensitive"));
      default -> extreme(name, value, arguments.bind(name, "case_sensitive", "attribute"));
    };
  }

  private record KeyedItem(Value key, Value item) {}

  private Function<Value, Value> key(CallArguments.BoundArguments bound) {
    var read = ListFilters.attribute(bound.get("attribute", Values.NONE), interpreter.subscripts());
    return bound.flag("case_sensitive", false) ? read : item -> withoutCase(read.apply(item));
  }

  private Value withoutCase(Value value) {
    return value instanceof Text text ? StringOperations.lower(text, budget) : value;
  }

  private List<KeyedItem> sorted(List<Value> items, Function<Value, Value> key, boolean reverse) {
    var keyed = new ArrayList<KeyedItem>();
    for (var item : items) {
      keyed.add(new KeyedItem(key.apply(item), item));
    }
    Comparator<KeyedItem> order = (a, b) -> comparison.order(a.key, b.key);
    keyed.sort(reverse ? order.reversed() : order);
    return keyed;
  }

  private static Value items(List<KeyedItem> keyed) {
    return Value.list(keyed.stream().map(KeyedItem::item).toList());
  }

  private Value dictSort(Value value, CallArguments.BoundArguments bound) {
    if (!(Values.defined(value) instanceof Dict dict)) {
      throw new TemplateRuntimeException(
          "dictsort() needs a dictionary, not '%s'".formatted(value.type()));
    }
    var by = bound.text("by", Text.own("key")).characters();
    if (!by.equals("key") && !by.equals("value")) {
      throw new TemplateRuntimeException("You can only sort by either \"key\" or \"value\"");
    }
    int side = by.equals("key") ? 0 : 1;
    boolean exact = bound.flag("case_sensitive", false);
    Function<Value, Value> key =
        pair -> {
          var part = ((Value.Tuple) pair).values().get(side);
          return exact ? part : withoutCase(part);
        };
    return items(sorted(dict.pairs(), key, bound.flag("reverse", false)));
  }

  private Value sort(Value value, CallArguments.BoundArguments bound) {
    var path = bound.get("attribute", Values.NONE);
    boolean exact = bound.flag("case_sensitive", false);
    var reads = new ArrayList<Function<Value, Value>>();
    if (path instanceof Text text) {
      for (var part : text.characters().split(",", -1)) {
        reads.add(ListFilters.attribute(Value.of(part), interpreter.subscripts()));
      }
    } else {
      reads.add(ListFilters.attribute(path, interpreter.subscripts()));
    }
    Function<Value, Value> key =
        item -> {
          var parts = new ArrayList<Value>();
          for (var read : reads) {
            var part = read.apply(item);
            parts.add(exact ? part : withoutCase(part));
          }
          return Value.list(parts);
        };
    return items(sorted(Values.list(value, budget), key, bound.flag("reverse", false)));
  }

  private Value unique(Value value, CallArguments.BoundArguments bound) {
    var key = key(bound);
    var seen = new HashSet<Object>();
    return new Value.Generator(
        ListFilters.filtered(
            Values.iterate(value, budget), item -> seen.add(Dict.hashed(key.apply(item))), budget));
  }

  private Value group(Value value, CallArguments.BoundArguments bound) {
    var path = bound.get("attribute");
    var read = ListFilters.attribute(path, interpreter.subscripts());
    var otherwise = bound.get("default", Values.NONE);
    boolean exact = bound.flag("case_sensitive", false);
    Function<Value, Value> shown =
        item -> {
          var found = read.apply(item);
          boolean missing = found instanceof Value.Undefined && !(otherwise instanceof Value.None);
          return missing ? otherwise : found;
        };
    Function<Value, Value> key = item -> exact ? shown.apply(item) : withoutCase(shown.apply(item));
    var groups = new ArrayList<Value>();
    var members = new ArrayList<Value>();
    Value current = Values.NONE;
    for (var keyed : sorted(Values.list(value, budget), key, false)) {
      if (!members.isEmpty() && !comparison.equal(current, keyed.key)) {
        groups.add(group(shown.apply(members.getFirst()), members));
        members.clear();
      }
      current = keyed.key;
      members.add(keyed.item);
    }
    if (!members.isEmpty()) {
      groups.add(group(shown.apply(members.getFirst()), members));
    }
    return Value.list(groups);
  }

  private static Value group(Value key, List<Value> members) {
    return new Value.Tuple(
        List.of(key, Value.list(List.copyOf(members))), List.of("grouper", "list"));
  }

  private Value extreme(String name, Value value, CallArguments.BoundArguments bound) {
    var key = key(bound);
    var items = Values.iterate(value, budget);
    if (!items.hasNext()) {
      return new Value.Undefined("No aggregated item, sequence was empty.");
    }
    var best = items.next();
    var bestKey = key.apply(best);
    boolean largest = name.equals("max");
    while (items.hasNext()) {
      var item = items.next();
      var itemKey = key.apply(item);
      int order = comparison.order(itemKey, bestKey, largest ? ">" : "<");
      if (largest ? order > 0 : order < 0) {
        best = item;
        bestKey = itemKey;
      }
    }
    return best;
  }
}
