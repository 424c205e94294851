package dev.fader.template.runtime;

import dev.fader.template.syntax.Characters;
import dev.fader.template.value.Comparison;
import dev.fader.template.value.RenderingBudget;
import dev.fader.template.value.Representation;
import dev.fader.template.value.TemplateRuntimeException;
import dev.fader.template.value.Text;
import dev.fader.template.value.TextBuilder;
import dev.fader.template.value.Value;
import dev.fader.template.value.Values;

/// The format specification after the colon of a replacement field: `*>+#010,.2f`.
///
/// @param align `<`, `>`, `^` or `=`, 0 for the default
/// @param separator between thousands
/// @param precision -1 for the default
/// @param type 0 for the default
record FormatSpecification(
    String fill,
    char align,
    String sign,
    boolean alternate,
    int width,
    String separator,
    int precision,
    char type) {

  private static final class Parser {
    private final String text;
    private int at;

    Parser(String text) {
      this.text = text;
    }

    boolean skips(String one) {
      boolean found = at < text.length() && one.indexOf(text.charAt(at)) >= 0;
      at += found ? 1 : 0;
      return found;
    }

    char last() {
      return text.charAt(at - 1);
    }

    int number() {
      long number = 0;
      while (skips("0123456789")) {
        number = Math.min(Integer.MAX_VALUE, 10 * number + last() - '0');
      }
      return (int) number;
    }
  }

  static FormatSpecification of(String text) {
    var reading = new Parser(text);
    var fill = " ";
    char align = 0;
    int first = text.isEmpty() ? 0 : Character.charCount(text.codePointAt(0));
    if (first > 0 && first < text.length() && "<>^=".indexOf(text.charAt(first)) >= 0) {
      fill = text.substring(0, first);
      align = text.charAt(first);
      reading.at = first + 1;
    } else if (reading.skips("<>^=")) {
      align = reading.last();
    }
    var sign = reading.skips("+- ") && reading.last() != '-' ? "" + reading.last() : "";
    boolean alternate = reading.skips("#");
    if (reading.skips("0") && align == 0) {
      fill = "0";
      align = '=';
    }
    int width = reading.number();
    var separator = reading.skips(",_") ? "" + reading.last() : "";
    int precision = reading.skips(".") ? reading.number() : -1;
    char type = reading.at < text.length() ? text.charAt(reading.at++) : 0;
    if (reading.at < text.length()) {
      throw new TemplateRuntimeException(
          "Invalid format specifier '%s'; use '>8' or '.2f' or the like"
              .formatted(Characters.printable(text)));
    }
    return new FormatSpecification(fill, align, sign, alternate, width, separator, precision, type);
  }

  Text apply(Value value, RenderingBudget budget) {
    boolean number = Comparison.isNumber(value) && !(value instanceof Value.Bool && type == 0);
    if (!number || type == 's') {
      return text(value, budget);
    }
    NumberFormat.Digits digits = digits(value);
    var grouped = separator.isEmpty() ? digits.digits() : grouped(digits.digits());
    long padding = width - digits.sign().length() - (long) grouped.length();
    var builder = new TextBuilder(budget);
    if (align == '=') {
      return builder.append(digits.sign()).repeat(fill, padding).append(grouped).text();
    }
    return padded(Text.own(digits.sign() + grouped), align == 0 ? '>' : align, budget);
  }

  private NumberFormat.Digits digits(Value value) {
    if (type == 0 && value instanceof Value.Real real) {
      if (precision >= 0) {
        return new NumberFormat('g', precision, sign, alternate).of(value);
      }
      var shortest = Representation.number(Math.abs(real.number()));
      return new NumberFormat.Digits(real.number() < 0 ? "-" : sign, shortest);
    }
    char kind = type == 0 ? 'd' : type == 'n' ? 'd' : type;
    boolean fits =
        NumberFormat.isReal(kind) || (NumberFormat.isWhole(kind) && Values.isWhole(value));
    if (!fits) {
      throw new TemplateRuntimeException(
          "Unknown format code '%s' for object of type '%s'; use 'd' or 'f'"
              .formatted(Characters.printable(type), value.type()));
    }
    return new NumberFormat(kind, precision, sign, alternate).of(value);
  }

  private String grouped(String digits) {
    int end = 0;
    while (end < digits.length() && Character.isDigit(digits.charAt(end))) {
      end++;
    }
    var grouped = new StringBuilder(digits);
    for (int at = end - 3; at > 0; at -= 3) {
      grouped.insert(at, separator);
    }
    return grouped.toString();
  }

  private Text text(Value value, RenderingBudget budget) {
    if (type != 0 && type != 's') {
      throw new TemplateRuntimeException(
          "Unknown format code '%s' for object of type '%s'; convert it to a number"
              .formatted(Characters.printable(type), value.type()));
    }
    var text = Representation.text(value, budget);
    var cut =
        precision < 0 || precision >= text.size() ? text : text.slice(0, text.place(precision));
    return padded(cut, align == 0 ? '<' : align, budget);
  }

  private Text padded(Text text, char side, RenderingBudget budget) {
    long padding = Math.max(0, width - (long) text.size());
    long before = side == '>' ? padding : side == '^' ? padding / 2 : 0;
    return new TextBuilder(budget)
        .repeat(fill, before)
        .append(text)
        .repeat(fill, padding - before)
        .text();
  }
}
