package dev.fader.template.runtime;

import dev.fader.template.runtime.CallArguments.BoundArguments;
import dev.fader.template.value.Comparison;
import dev.fader.template.value.Dict;
import dev.fader.template.value.RenderingBudget;
import dev.fader.template.value.Representation;
import dev.fader.template.value.TemplateRuntimeException;
import dev.fader.template.value.Text;
import dev.fader.template.value.TextBuilder;
import dev.fader.template.value.Value;
import dev.fader.template.value.Values;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// `tojson`: the format of Python's `json.dumps` with its defaults, but without escaping non-ASCII
/// characters.
final class JsonFormat {
  private final TextBuilder builder;
  private final boolean ascii;
  private final boolean sorted;
  private final Text itemSeparator;
  private final Text keySeparator;
  private final Text indent;
  private final boolean indented;

  private JsonFormat(BoundArguments options, RenderingBudget budget) {
    builder = new TextBuilder(budget);
    ascii = options.flag("ensure_ascii", false);
    sorted = options.flag("sort_keys", false);
    indented = options.has("indent");
    indent = indent(options.get("indent", Values.NONE), budget);
    if (options.has("separators")) {
      var separators = Values.list(options.get("separators"), budget);
      if (separators.size() != 2) {
        throw new TemplateRuntimeException(
            "tojson() takes two separators, as in separators=(',', ':')");
      }
      itemSeparator = Values.text(separators.getFirst(), "a separator");
      keySeparator = Values.text(separators.getLast(), "a separator");
    } else {
      itemSeparator = Text.own(indented ? "," : ", ");
      keySeparator = Text.own(": ");
    }
  }

  static Text of(Value value, BoundArguments options, RenderingBudget budget) {
    var writing = new JsonFormat(options, budget);
    writing.write(value, 0);
    return writing.builder.text();
  }

  private static Text indent(Value indent, RenderingBudget budget) {
    if (indent instanceof Text text) {
      return text;
    }
    if (indent instanceof Value.None) {
      return Text.EMPTY;
    }
    return new TextBuilder(budget).repeat(" ", Math.max(0, Values.whole(indent))).text();
  }

  private void write(Value value, int depth) {
    builder.budget().enter();
    switch (value) {
      case Value.None _ -> builder.append("null");
      case Value.Bool flag -> builder.append(flag.on() ? "true" : "false");
      case Value.Int whole -> builder.append(Long.toString(whole.number()));
      case Value.BigInt large -> builder.append(large.number().toString());
      case Value.Real real -> builder.append(number(real.number()));
      case Text text -> string(text);
      case Value.ListValue items -> list(items.values(), depth);
      case Value.Tuple tuple -> list(tuple.values(), depth);
      case Dict dict -> dict(dict, depth);
      default ->
          throw new TemplateRuntimeException(
              "Object of type %s is not JSON serializable; give 'tojson' plain values"
                  .formatted(value.type()));
    }
    builder.budget().leave();
  }

  private static String number(double number) {
    if (Double.isNaN(number)) {
      return "NaN";
    }
    return Double.isInfinite(number)
        ? number > 0 ? "Infinity" : "-Infinity"
        : Representation.number(number);
  }

  private void list(List<Value> values, int depth) {
    if (values.isEmpty()) {
      builder.append("[]");
      return;
    }
    builder.append("[");
    for (int i = 0; i < values.size(); i++) {
      separate(i == 0, depth + 1);
      write(values.get(i), depth + 1);
    }
    lineEnd(depth);
    builder.append("]");
  }

  private void dict(Dict dict, int depth) {
    if (dict.size() == 0) {
      builder.append("{}");
      return;
    }
    builder.append("{");
    boolean first = true;
    for (var entry : sorted ? sorted(dict) : dict.entries()) {
      separate(first, depth + 1);
      first = false;
      key(entry.key());
      builder.append(keySeparator);
      write(entry.value(), depth + 1);
    }
    lineEnd(depth);
    builder.append("}");
  }

  private Iterable<Dict.Entry> sorted(Dict dict) {
    var entries = new ArrayList<Dict.Entry>();
    dict.entries().forEach(entries::add);
    var comparison = new Comparison(builder.budget());
    Comparator<Dict.Entry> byKey = (a, b) -> comparison.order(a.key(), b.key(), "<");
    entries.sort(byKey);
    return entries;
  }

  private void key(Value key) {
    switch (key) {
      case Text text -> string(text);
      case Value.None _ -> builder.append("\"null\"");
      case Value.Bool flag -> builder.append(flag.on() ? "\"true\"" : "\"false\"");
      case Value.Int whole -> builder.append("\"" + whole.number() + "\"");
      case Value.BigInt large -> builder.append("\"" + large.number() + "\"");
      case Value.Real real -> builder.append("\"" + number(real.number()) + "\"");
      default ->
          throw new TemplateRuntimeException(
              "keys must be str, int, float, bool or None, not %s; change the key"
                  .formatted(key.type()));
    }
  }

  private void separate(boolean first, int depth) {
    if (!first) {
      builder.append(itemSeparator);
    }
    lineEnd(depth);
  }

  private void lineEnd(int depth) {
    if (indented) {
      builder.append("\n");
      for (int i = 0; i < depth; i++) {
        builder.append(indent);
      }
    }
  }

  private void string(Text text) {
    var characters = text.characters();
    builder.append("\"");
    int from = 0;
    for (int at = 0; at < characters.length(); at++) {
      var escaped = escaped(characters.charAt(at));
      if (!escaped.isEmpty()) {
        builder.append(text, from, at).append(escaped, text.originAt(at));
        from = at + 1;
      }
    }
    builder.append(text, from, characters.length()).append("\"");
  }

  private String escaped(char c) {
    return switch (c) {
      case '"' -> "\\\"";
      case '\\' -> "\\\\";
      case '\n' -> "\\n";
      case '\r' -> "\\r";
      case '\t' -> "\\t";
      case '\f' -> "\\f";
      case '\b' -> "\\b";
      default -> c < ' ' || (ascii && c > '~') ? "\\u%04x".formatted((int) c) : "";
    };
  }
}
