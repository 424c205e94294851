package dev.fader.template.runtime;

import dev.fader.template.syntax.Characters;
import dev.fader.template.value.RenderingBudget;
import dev.fader.template.value.StringOperations;
import dev.fader.template.value.SubstringSearch;
import dev.fader.template.value.TemplateRuntimeException;
import dev.fader.template.value.Text;
import dev.fader.template.value.TextBuilder;
import dev.fader.template.value.Value;
import dev.fader.template.value.Values;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

/// The methods of Python's `str` that templates may call.
final class TextMethods {
  private final Subscripts subscripts;
  private final RenderingBudget budget;

  TextMethods(Subscripts subscripts) {
    this.subscripts = subscripts;
    this.budget = subscripts.budget();
  }

  Value call(Text text, String name, CallArguments arguments) {
    budget.whole(text);
    return switch (name) {
      case "strip", "lstrip", "rstrip" -> strip(text, name, arguments);
      case "split", "rsplit" -> split(text, name, arguments);
      case "splitlines" ->
          Value.list(
              StringOperations.lines(
                  text, arguments.bind(name, "keepends").flag("keepends", false), budget));
      case "partition", "rpartition" -> partition(text, name, arguments);
      case "join" ->
          StringOperations.join(
              text, Values.list(arguments.bind(name, "iterable").get("iterable"), budget), budget);
      case "replace" -> replace(text, arguments);
      case "removeprefix", "removesuffix" -> remove(text, name, arguments);
      case "format" -> BraceFormat.apply(text, arguments, subscripts);
      case "startswith", "endswith", "find", "rfind", "index", "rindex", "count" ->
          new FindMethods(text, name, arguments).result(budget);
      case "center", "ljust", "rjust", "zfill" -> pad(text, name, arguments);
      case "expandtabs" -> expandTabs(text, arguments.bind(name, "tabsize").whole("tabsize", 8));
      default -> withoutArguments(text, name, arguments);
    };
  }

  private Value withoutArguments(Text text, String name, CallArguments arguments) {
    arguments.bind(name);
    return switch (name) {
      case "upper" -> StringOperations.upper(text, budget);
      case "lower", "casefold" -> StringOperations.lower(text, budget);
      case "title" -> StringOperations.title(text, budget);
      case "capitalize" -> StringOperations.capitalize(text, budget);
      case "swapcase" -> StringOperations.swapCase(text, budget);
      default -> Value.of(is(text, name));
    };
  }

  private static boolean is(Text text, String name) {
    return switch (name) {
      case "isupper" -> StringOperations.isAll(text, true);
      case "islower" -> StringOperations.isAll(text, false);
      case "isalpha" -> all(text, Character::isLetter);
      case "isalnum" -> all(text, c -> Character.isLetter(c) || isNumeric(c));
      case "isdigit", "isdecimal" -> all(text, Character::isDigit);
      case "isnumeric" -> all(text, TextMethods::isNumeric);
      case "isspace" -> all(text, Characters::isSpace);
      case "isascii" -> text.isEmpty() || all(text, c -> c < 128);
      case "isprintable" -> text.isEmpty() || all(text, Characters::isPrintable);
      case "istitle" -> isTitle(text);
      default -> isIdentifier(text);
    };
  }

  private static boolean all(Text text, IntPredicate holds) {
    return !text.isEmpty() && text.characters().codePoints().allMatch(holds);
  }

  private static boolean isNumeric(int c) {
    return switch (Character.getType(c)) {
      case Character.DECIMAL_DIGIT_NUMBER, Character.LETTER_NUMBER, Character.OTHER_NUMBER -> true;
      default -> false;
    };
  }

  private static boolean isTitle(Text text) {
    boolean any = false;
    boolean inWord = false;
    for (int at = 0; at < text.length(); ) {
      int c = text.characters().codePointAt(at);
      boolean large = Character.isUpperCase(c) || Character.isTitleCase(c);
      if ((large && inWord) || (Character.isLowerCase(c) && !inWord)) {
        return false;
      }
      inWord = StringOperations.isCased(c);
      any |= inWord;
      at += Character.charCount(c);
    }
    return any;
  }

  private static boolean isIdentifier(Text text) {
    if (text.isEmpty()) {
      return false;
    }
    int first = text.characters().codePointAt(0);
    return (first == '_' || Character.isUnicodeIdentifierStart(first))
        && text.characters()
            .codePoints()
            .allMatch(
                c -> Character.isUnicodeIdentifierPart(c) && !Character.isIdentifierIgnorable(c));
  }

  private Text strip(Text text, String name, CallArguments arguments) {
    var ends =
        switch (name) {
          case "lstrip" -> StringOperations.Ends.LEFT;
          case "rstrip" -> StringOperations.Ends.RIGHT;
          default -> StringOperations.Ends.BOTH;
        };
    return StringOperations.strip(
        text, arguments.bind(name, "chars").get("chars", Values.NONE), ends, budget);
  }

  private Value split(Text text, String name, CallArguments arguments) {
    var bound = arguments.bind(name, "sep", "maxsplit");
    var separator = bound.get("sep", Values.NONE);
    long limit = bound.whole("maxsplit", -1);
    return Value.list(
        name.equals("split")
            ? StringOperations.split(text, separator, limit, budget)
            : StringOperations.splitRight(text, separator, limit, budget));
  }

  private static Value partition(Text text, String name, CallArguments arguments) {
    var separator = arguments.bind(name, "sep").text("sep");
    if (separator.isEmpty()) {
      throw new TemplateRuntimeException("empty separator; give a text to part at");
    }
    boolean first = name.equals("partition");
    var search = new SubstringSearch(separator.characters());
    int found =
        first ? search.first(text.characters(), 0) : search.last(text.characters(), text.length());
    if (found < 0) {
      return new Value.Tuple(
          first ? List.of(text, Text.EMPTY, Text.EMPTY) : List.of(Text.EMPTY, Text.EMPTY, text));
    }
    int end = found + separator.length();
    return new Value.Tuple(
        List.of(text.slice(0, found), text.slice(found, end), text.slice(end, text.length())));
  }

  private Text replace(Text text, CallArguments arguments) {
    var bound = arguments.bind("replace", "old", "new", "count");
    return StringOperations.replace(
        text, bound.text("old"), bound.text("new"), bound.whole("count", -1), budget);
  }

  private static Text remove(Text text, String name, CallArguments arguments) {
    var part = arguments.bind(name, "affix").text("affix").characters();
    if (name.equals("removeprefix")) {
      return text.characters().startsWith(part) ? text.slice(part.length(), text.length()) : text;
    }
    return text.characters().endsWith(part) ? text.slice(0, text.length() - part.length()) : text;
  }

  private Text pad(Text text, String name, CallArguments arguments) {
    var bound = arguments.bind(name, "width", "fillchar");
    long width = Values.whole(bound.get("width"));
    var fill = bound.text("fillchar", Text.own(name.equals("zfill") ? "0" : " "));
    if (fill.size() != 1) {
      throw new TemplateRuntimeException(
          "The fill character must be exactly one character long; give one");
    }
    return padded(text, name, Math.max(0, width - text.size()), fill.characters());
  }

  private Text padded(Text text, String name, long padding, String fill) {
    boolean signed =
        name.equals("zfill") && !text.isEmpty() && "+-".indexOf(text.characters().charAt(0)) >= 0;
    int sign = signed ? 1 : 0;
    long before =
        switch (name) {
          case "ljust" -> 0;
          // Python puts the larger half of an odd padding on the left if the width is odd.
          case "center" -> padding / 2 + (padding & (padding + text.size()) & 1);
          default -> padding;
        };
    return new TextBuilder(budget)
        .append(text, 0, sign)
        .repeat(fill, before)
        .append(text, sign, text.length())
        .repeat(fill, padding - before)
        .text();
  }

  private Text expandTabs(Text text, long size) {
    var lines = new ArrayList<Value>();
    for (var line : StringOperations.lines(text, true, budget)) {
      var builder = new TextBuilder(budget);
      var parts = StringOperations.split((Text) line, Text.own("\t"), -1, budget);
      for (int i = 0; i < parts.size(); i++) {
        if (i > 0 && size > 0) {
          builder.repeat(" ", size - builder.length() % size);
        }
        builder.append((Text) parts.get(i));
      }
      lines.add(builder.text());
    }
    return StringOperations.join(Text.EMPTY, lines, budget);
  }
}
