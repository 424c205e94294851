package dev.fader.template.value;

import dev.fader.template.syntax.Characters;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.List;

/// Formats values as Python prints them.
public final class Representation {
  private final TextBuilder builder;

  private Representation(TextBuilder builder) {
    this.builder = builder;
  }

  /// `str(value)`
  public static Text text(Value value, RenderingBudget budget) {
    if (value instanceof Text text) {
      return text.withSafe(false);
    }
    var builder = new TextBuilder(budget);
    append(value, builder);
    return builder.text();
  }

  /// `repr(value)`
  public static Text repr(Value value, RenderingBudget budget) {
    var builder = new TextBuilder(budget);
    new Representation(builder).write(value);
    return builder.text();
  }

  /// Appends `str(value)`.
  public static void append(Value value, TextBuilder builder) {
    switch (value) {
      case Text text -> builder.append(text);
      case Value.Undefined _ -> {}
      default -> new Representation(builder).write(value);
    }
  }

  private void write(Value value) {
    builder.budget().enter();
    switch (value) {
      case Value.None _ -> builder.append("None");
      case Value.Undefined _ -> builder.append("Undefined");
      case Value.Bool flag -> builder.append(flag.on() ? "True" : "False");
      case Value.Int whole -> builder.append(Long.toString(whole.number()));
      case Value.BigInt large -> builder.append(large.number().toString());
      case Value.Real real -> builder.append(number(real.number()));
      case Text text when text.isSafe() -> {
        builder.append("Markup(");
        quoted(text);
        builder.append(")");
      }
      case Text text -> quoted(text);
      case Value.ListValue items -> list("[", items.values(), "]");
      case Value.Tuple tuple -> list("(", tuple.values(), tuple.values().size() == 1 ? ",)" : ")");
      case Value.DictView view -> list(view.kind() + "([", view.values(), "])");
      case Dict dict -> dict(dict);
      case Value.Range range -> builder.append(range(range));
      case Namespace namespace -> {
        builder.append("<Namespace ");
        write(namespace.dict());
        builder.append(">");
      }
      case Value.Macro macro -> builder.append("<Macro '" + macro.signature().name() + "'>");
      case Value.Method method ->
          builder.append(
              "<built-in method %s of %s object>".formatted(method.name(), method.self().type()));
      case Value.Builtin _, Value.Joiner _, Value.Generator _, Loop _, Cycler _ ->
          builder.append("<" + value.type() + " object>");
    }
    builder.budget().leave();
  }

  private static String range(Value.Range range) {
    long stop = range.start() + range.step() * range.size();
    return range.step() == 1
        ? "range(%d, %d)".formatted(range.start(), stop)
        : "range(%d, %d, %d)".formatted(range.start(), stop, range.step());
  }

  private void list(String open, List<Value> values, String close) {
    builder.append(open);
    for (int i = 0; i < values.size(); i++) {
      if (i > 0) {
        builder.append(", ");
      }
      write(values.get(i));
    }
    builder.append(close);
  }

  private void dict(Dict dict) {
    builder.append("{");
    boolean first = true;
    for (var entry : dict.entries()) {
      if (!first) {
        builder.append(", ");
      }
      first = false;
      write(entry.key());
      builder.append(": ");
      write(entry.value());
    }
    builder.append("}");
  }

  private void quoted(Text text) {
    var characters = text.characters();
    boolean doubled = characters.indexOf('\'') >= 0 && characters.indexOf('"') < 0;
    char quote = doubled ? '"' : '\'';
    builder.append(String.valueOf(quote));
    int from = 0;
    for (int at = 0; at < characters.length(); ) {
      int c = characters.codePointAt(at);
      int next = at + Character.charCount(c);
      var escaped = escaped(c, quote);
      if (!escaped.isEmpty()) {
        builder.append(text, from, at);
        builder.append(escaped, text.originAt(at));
        from = next;
      }
      at = next;
    }
    builder.append(text, from, characters.length());
    builder.append(String.valueOf(quote));
  }

  private static String escaped(int c, char quote) {
    if (c == quote || c == '\\') {
      return "\\" + (char) c;
    }
    if (Characters.isPrintable(c)) {
      return "";
    }
    return switch (c) {
      case '\n' -> "\\n";
      case '\r' -> "\\r";
      case '\t' -> "\\t";
      default ->
          c < 0x100
              ? "\\x%02x".formatted(c)
              : c < 0x10000 ? "\\u%04x".formatted(c) : "\\U%08x".formatted(c);
    };
  }

  /// Java pads the exponent to two digits.
  private static BigDecimal shortest(double number) {
    var decimal = new BigDecimal(Double.toString(number)).stripTrailingZeros();
    var one = decimal.round(new MathContext(1, RoundingMode.HALF_EVEN));
    return decimal.precision() == 2 && one.doubleValue() == number ? one : decimal;
  }

  /// `repr` of a float: the shortest digits that round-trip, with an exponent from 1e16 and below
  /// 1e-4.
  public static String number(double number) {
    if (Double.isNaN(number)) {
      return "nan";
    }
    if (Double.isInfinite(number)) {
      return number > 0 ? "inf" : "-inf";
    }
    if (number == 0) {
      return 1 / number < 0 ? "-0.0" : "0.0";
    }
    var decimal = shortest(number);
    int exponent = decimal.precision() - decimal.scale() - 1;
    if (exponent >= -4 && exponent < 16) {
      var plain = decimal.toPlainString();
      return plain.indexOf('.') < 0 ? plain + ".0" : plain;
    }
    var digits = decimal.unscaledValue().abs().toString();
    var fraction = digits.length() == 1 ? "" : "." + digits.substring(1);
    return "%s%s%se%s%02d"
        .formatted(
            number < 0 ? "-" : "",
            digits.charAt(0),
            fraction,
            exponent < 0 ? "-" : "+",
            Math.abs(exponent));
  }
}
