package dev.fader.template.runtime;

import dev.fader.template.syntax.Characters;
import dev.fader.template.value.Representation;
import dev.fader.template.value.TemplateRuntimeException;
import dev.fader.template.value.Text;
import dev.fader.template.value.TextBuilder;
import dev.fader.template.value.Value;
import dev.fader.template.value.Values;

/// `'{} has {count:>3}'.format(name, count=3)`
final class BraceFormat {
  private final Text format;
  private final CallArguments arguments;
  private final Subscripts subscripts;
  private final TextBuilder builder;
  private int at;
  private int used;

  private BraceFormat(Text format, CallArguments arguments, Subscripts subscripts) {
    this.format = format;
    this.arguments = arguments;
    this.subscripts = subscripts;
    this.builder = new TextBuilder(subscripts.budget());
  }

  static Text apply(Text format, CallArguments arguments, Subscripts subscripts) {
    var applying = new BraceFormat(format, arguments, subscripts);
    applying.run();
    return applying.builder.text().withSafe(format.isSafe());
  }

  private void run() {
    var characters = format.characters();
    int from = 0;
    while (at < characters.length()) {
      char c = characters.charAt(at);
      if (c != '{' && c != '}') {
        at++;
        continue;
      }
      builder.append(format, from, at);
      if (characters.startsWith(c == '{' ? "{{" : "}}", at)) {
        builder.append(format, at, at + 1);
        at += 2;
      } else if (c == '{') {
        at++;
        field();
      } else {
        throw new TemplateRuntimeException("Single '}' encountered in format string; write '}}'");
      }
      from = at;
    }
    builder.append(format, from, characters.length());
  }

  private void field() {
    int close = format.characters().indexOf('}', at);
    if (close < 0) {
      throw new TemplateRuntimeException("Single '{' encountered in format string; write '{{'");
    }
    var field = format.characters().substring(at, close);
    at = close + 1;
    int colon = field.indexOf(':');
    var name = colon < 0 ? field : field.substring(0, colon);
    var layout = colon < 0 ? "" : field.substring(colon + 1);
    if (layout.indexOf('{') >= 0) {
      throw new TemplateRuntimeException(
          "fields within fields of a format are not known; write the width out");
    }
    int bang = name.indexOf('!');
    var value = value(bang < 0 ? name : name.substring(0, bang));
    var converted =
        switch (bang < 0 ? "" : name.substring(bang + 1)) {
          case "" -> value;
          case "s" -> Representation.text(value, builder.budget());
          case "r", "a" -> Representation.repr(value, builder.budget());
          default ->
              throw new TemplateRuntimeException(
                  "unknown conversion in a format; use '!s' or '!r'");
        };
    builder.append(FormatSpecification.of(layout).apply(converted, builder.budget()));
  }

  private Value value(String field) {
    int end = 0;
    while (end < field.length() && field.charAt(end) != '.' && field.charAt(end) != '[') {
      end++;
    }
    var value = argument(field.substring(0, end));
    while (end < field.length()) {
      int from = end + 1;
      if (field.charAt(end) == '.') {
        end = from;
        while (end < field.length() && field.charAt(end) != '.' && field.charAt(end) != '[') {
          end++;
        }
        value = subscripts.attribute(value, field.substring(from, end));
      } else {
        int close = field.indexOf(']', from);
        if (close < 0) {
          throw new TemplateRuntimeException("Missing ']' in format string; close it");
        }
        value = subscripts.item(value, index(field.substring(from, close)));
        end = close + 1;
      }
      Values.defined(value);
    }
    return value;
  }

  private static Value index(String text) {
    return isDigits(text) ? Value.of(Long.parseLong(text)) : Value.of(text);
  }

  private static boolean isDigits(String text) {
    return !text.isEmpty()
        && text.length() < 10
        && text.chars().allMatch(c -> c >= '0' && c <= '9');
  }

  private Value argument(String name) {
    if (!name.isEmpty() && !isDigits(name)) {
      var value = arguments.keywords().get(name);
      if (value == null) {
        throw new TemplateRuntimeException(
            "a format names '%s', which has no value; give one"
                .formatted(Characters.printable(name)));
      }
      return value;
    }
    int index = name.isEmpty() ? used++ : Integer.parseInt(name);
    if (index >= arguments.positional().size()) {
      throw new TemplateRuntimeException(
          "Replacement index %d out of range for positional args tuple; give one for each '{}'"
              .formatted(index));
    }
    return arguments.positional().get(index);
  }
}
