package dev.fader.template.runtime;

import dev.fader.template.syntax.Characters;
import dev.fader.template.value.Comparison;
import dev.fader.template.value.Dict;
import dev.fader.template.value.RenderingBudget;
import dev.fader.template.value.Representation;
import dev.fader.template.value.TemplateRuntimeException;
import dev.fader.template.value.Text;
import dev.fader.template.value.TextBuilder;
import dev.fader.template.value.Value;
import dev.fader.template.value.Values;
import java.util.List;

/// `'%s has %d' % (name, count)`
final class PercentFormat {
  private final Text format;
  private final Value values;
  private final List<Value> positional;
  private final TextBuilder builder;
  private int at;
  private int used;

  private PercentFormat(Text format, Value values, RenderingBudget budget) {
    this.format = format;
    this.values = values;
    this.positional = values instanceof Value.Tuple tuple ? tuple.values() : List.of(values);
    this.builder = new TextBuilder(budget);
  }

  static Text apply(Text format, Value values, RenderingBudget budget) {
    var applying = new PercentFormat(format, values, budget);
    applying.run();
    return applying.builder.text().withSafe(format.isSafe());
  }

  private void run() {
    var characters = format.characters();
    while (true) {
      int percent = characters.indexOf('%', at);
      if (percent < 0) {
        break;
      }
      builder.append(format, at, percent);
      at = percent + 1;
      conversion();
    }
    builder.append(format, at, format.length());
    if (values instanceof Value.Tuple && used < positional.size()) {
      throw new TemplateRuntimeException(
          "not all arguments converted during string formatting; use them all");
    }
    if (!(values instanceof Value.Tuple)
        && !(values instanceof Dict)
        && !(values instanceof Value.Undefined)
        && used == 0
        && !(values instanceof Value.ListValue)) {
      throw new TemplateRuntimeException(
          "not all arguments converted during string formatting; use them all");
    }
  }

  private char next() {
    if (at >= format.length()) {
      throw new TemplateRuntimeException(
          "incomplete format: a text ends after '%'; write '%%' for the sign");
    }
    return format.characters().charAt(at++);
  }

  private void conversion() {
    boolean named = format.characters().startsWith("(", at);
    var name = named ? name() : "";
    var flags = new StringBuilder();
    char c = next();
    while ("#0- +".indexOf(c) >= 0) {
      flags.append(c);
      c = next();
    }
    var width = new Count(c);
    boolean precise = width.after == '.';
    var precision = precise ? new Count(next()) : width;
    c = precision.after;
    while ("hlL".indexOf(c) >= 0) {
      c = next();
    }
    if (c == '%') {
      builder.append("%");
      return;
    }
    var value = named ? named(name) : positional();
    write(
        value,
        c,
        new ConversionSpecifier(flags.toString(), width.value, precise ? precision.value : -1));
  }

  /// @param precision -1 for the default
  private record ConversionSpecifier(String flags, long width, long precision) {
    boolean has(String flag) {
      return flags.contains(flag);
    }
  }

  /// A number of digits or `*`, and the character after it.
  private final class Count {
    private long value;
    private char after;

    Count(char first) {
      after = first;
      if (first == '*') {
        value = Values.whole(positional());
        after = next();
        return;
      }
      while (after >= '0' && after <= '9') {
        value = Math.min(Integer.MAX_VALUE, 10 * value + after - '0');
        after = next();
      }
    }
  }

  private String name() {
    int close = format.characters().indexOf(')', at);
    if (close < 0) {
      throw new TemplateRuntimeException(
          "incomplete format key: a text has '%(' without ')'; close it");
    }
    var name = format.characters().substring(at + 1, close);
    at = close + 1;
    return name;
  }

  private Value named(String name) {
    if (!(values instanceof Dict dict)) {
      throw new TemplateRuntimeException("format requires a mapping; give names with values");
    }
    used++;
    return dict.find(name)
        .orElseThrow(() ->
            new TemplateRuntimeException(
                "a format names '%s', which has no value; give one"
                    .formatted(Characters.printable(name))));
  }

  private Value positional() {
    if (used >= positional.size()) {
      throw new TemplateRuntimeException(
          "not enough arguments for format string; give one for each '%'");
    }
    return positional.get(used++);
  }

  private void write(Value value, char type, ConversionSpecifier layout) {
    var budget = builder.budget();
    switch (type) {
      case 's' -> pad(cut(Representation.text(value, budget), layout), layout);
      case 'r', 'a' -> pad(cut(Representation.repr(value, budget), layout), layout);
      case 'c' -> pad(value instanceof Text text ? text : Text.own(character(value)), layout);
      default -> number(value, type, layout);
    }
  }

  private static String character(Value value) {
    long code = Values.whole(value);
    if (code < 0 || code > Character.MAX_CODE_POINT) {
      throw new TemplateRuntimeException(
          "the code of a character is not in range(0x110000); give a smaller one");
    }
    return Character.toString((int) code);
  }

  private void number(Value value, char type, ConversionSpecifier layout) {
    boolean known = NumberFormat.isWhole(type) || NumberFormat.isReal(type);
    if (!known || type == 'b' || type == '%') {
      throw new TemplateRuntimeException(
          "unsupported format character '%s'; use %%s or %%d"
              .formatted(Characters.printable(type)));
    }
    if (!Comparison.isNumber(Values.defined(value))) {
      throw new TemplateRuntimeException(
          "%%%c format: a real number is required, not %s; convert it"
              .formatted(type, value.type()));
    }
    var sign = layout.has("+") ? "+" : layout.has(" ") ? " " : "";
    var digits = new NumberFormat(type, (int) layout.precision, sign, layout.has("#")).of(value);
    var text = digits.digits();
    long zeros = NumberFormat.isWhole(type) ? layout.precision - text.length() : 0;
    if (layout.has("0") && !layout.has("-")) {
      zeros = Math.max(zeros, layout.width - digits.sign().length() - text.length());
    }
    var padded =
        new TextBuilder(builder.budget())
            .append(digits.sign())
            .repeat("0", zeros)
            .append(text)
            .text();
    pad(padded, layout);
  }

  private static Text cut(Text text, ConversionSpecifier layout) {
    return layout.precision < 0 || layout.precision >= text.size()
        ? text
        : text.slice(0, text.place((int) layout.precision));
  }

  private void pad(Text text, ConversionSpecifier layout) {
    long spaces = layout.width - text.size();
    if (!layout.has("-")) {
      builder.repeat(" ", spaces);
    }
    builder.append(text);
    if (layout.has("-")) {
      builder.repeat(" ", spaces);
    }
  }
}
