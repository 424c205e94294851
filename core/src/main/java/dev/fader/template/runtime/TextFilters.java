package dev.fader.template.runtime;

import dev.fader.template.syntax.Characters;
import dev.fader.template.value.Dict;
import dev.fader.template.value.RenderingBudget;
import dev.fader.template.value.Representation;
import dev.fader.template.value.StringOperations;
import dev.fader.template.value.TemplateRuntimeException;
import dev.fader.template.value.Text;
import dev.fader.template.value.TextBuilder;
import dev.fader.template.value.Value;
import dev.fader.template.value.Values;
import java.util.ArrayList;

/// Filters that return text.
final class TextFilters {
  private static final String[] DECIMAL = {"kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"};
  private static final String[] BINARY = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB", "ZiB", "YiB"};

  private static final Text END = Text.own("...");

  private final RenderingBudget budget;

  TextFilters(RenderingBudget budget) {
    this.budget = budget;
  }

  Value apply(String name, Value value, CallArguments arguments) {
    return switch (name) {
      case "tojson" ->
          JsonFormat.of(
              value,
              arguments.bind(name, "ensure_ascii", "indent", "separators", "sort_keys"),
              budget);
      case "filesizeformat" -> size(value, arguments.bind(name, "binary").flag("binary", false));
      case "truncate" ->
          value instanceof Text text ? truncate(text, arguments) : whole(value, arguments);
      case "urlencode" -> address(value, arguments);
      case "xmlattr" -> attributes(value, arguments);
      case "indent" -> indent(Values.text(value, "what is indented"), arguments);
      default -> texts(name, soft(value), arguments);
    };
  }

  private Value texts(String name, Text text, CallArguments arguments) {
    budget.whole(text);
    return switch (name) {
      case "trim" ->
          StringOperations.strip(
              text,
              arguments.bind(name, "chars").get("chars", Values.NONE),
              StringOperations.Ends.BOTH,
              budget);
      case "replace" -> replace(text, arguments);
      case "center" -> centered(text, arguments.bind(name, "width").whole("width", 80));
      case "format" -> format(text, arguments);
      default -> {
        arguments.bind(name);
        yield simple(name, text);
      }
    };
  }

  private Value simple(String name, Text text) {
    return switch (name) {
      case "upper" -> StringOperations.upper(text, budget);
      case "lower" -> StringOperations.lower(text, budget);
      case "capitalize" -> StringOperations.capitalize(text, budget);
      case "title" -> title(text);
      case "safe" -> text.withSafe(true);
      case "e", "escape" -> Escaping.html(text, budget);
      case "forceescape" -> Escaping.forced(text, budget);
      case "wordcount" -> Value.of(words(text.characters()));
      case "striptags" -> withoutTags(text);
      default -> text;
    };
  }

  /// `str(value)`, keeping safe text safe.
  private Text soft(Value value) {
    return value instanceof Text text ? text : Representation.text(value, budget);
  }

  private Text replace(Text text, CallArguments arguments) {
    var bound = arguments.bind("replace", "old", "new", "count");
    var before = Representation.text(bound.get("old"), budget);
    var after = Representation.text(bound.get("new"), budget);
    long limit = bound.has("count") ? bound.whole("count", -1) : -1;
    return StringOperations.replace(text.withSafe(false), before, after, limit, budget);
  }

  private Text centered(Text text, long width) {
    long size = text.size();
    long padding = Math.max(0, width - size);
    long before = padding / 2 + (padding & width & 1);
    return new TextBuilder(budget)
        .repeat(" ", before)
        .append(text)
        .repeat(" ", padding - before)
        .text();
  }

  private static long lengthFor(CallArguments.BoundArguments bound) {
    long length = bound.whole("length", 255);
    if (length < bound.text("end", END).size()) {
      throw new TemplateRuntimeException(
          "truncate() to %d has no room for its end; ask for more".formatted(length));
    }
    return length;
  }

  /// A value that is not text cannot be truncated; it must be short enough.
  private static Value whole(Value value, CallArguments arguments) {
    var bound = arguments.bind("truncate", "length", "killwords", "end", "leeway");
    long length = lengthFor(bound);
    if (Values.length(value) > length + (bound.has("leeway") ? bound.whole("leeway", 5) : 5)) {
      throw new TemplateRuntimeException(
          "truncate() needs a text, not '%s'; write '... | string'".formatted(value.type()));
    }
    return value;
  }

  private Text truncate(Text text, CallArguments arguments) {
    budget.whole(text);
    var bound = arguments.bind("truncate", "length", "killwords", "end", "leeway");
    long length = lengthFor(bound);
    var end = bound.text("end", END);
    long leeway = bound.has("leeway") ? bound.whole("leeway", 5) : 5;
    if (leeway < 0) {
      throw new TemplateRuntimeException(
          "truncate() has a leeway of %d; give 0 or more".formatted(leeway));
    }
    if (text.size() <= length + leeway) {
      return text;
    }
    var kept = text.slice(0, text.place((int) (length - end.size())));
    if (!bound.flag("killwords", false)) {
      int space = kept.characters().lastIndexOf(' ');
      kept = space < 0 ? kept : kept.slice(0, space);
    }
    return TextBuilder.join(budget, kept, end);
  }

  private Text format(Text text, CallArguments arguments) {
    if (!arguments.keywords().isEmpty()) {
      if (!arguments.positional().isEmpty()) {
        throw new TemplateRuntimeException(
            "can't handle positional and keyword arguments at the same time");
      }
      return PercentFormat.apply(text, Value.dict(arguments.keywords()), budget);
    }
    return PercentFormat.apply(text, new Value.Tuple(arguments.positional()), budget);
  }

  private Text indent(Text text, CallArguments arguments) {
    var bound = arguments.bind("indent", "width", "first", "blank");
    var width = bound.get("width", Value.of(4));
    var indent =
        width instanceof Text string
            ? string
            : new TextBuilder(budget).repeat(" ", Values.whole(width)).text();
    boolean blank = bound.flag("blank", false);
    var builder = new TextBuilder(budget);
    if (bound.flag("first", false)) {
      builder.append(indent);
    }
    var lines = new ArrayList<>(StringOperations.lines(text, false, budget));
    if (text.isEmpty() || Characters.isLineEnd(text.characters().charAt(text.length() - 1))) {
      lines.add(Text.EMPTY);
    }
    for (int i = 0; i < lines.size(); i++) {
      var line = (Text) lines.get(i);
      if (i > 0) {
        builder.append("\n");
        if (blank || !line.isEmpty()) {
          builder.append(indent);
        }
      }
      builder.append(line);
    }
    return builder.text();
  }

  /// Capitalizes after white space, hyphens and opening brackets.
  private Text title(Text text) {
    var characters = text.characters();
    return StringOperations.cased(
        text, budget, false, (at, c) -> at == 0 || isBetweenWords(characters.codePointBefore(at)));
  }

  private static boolean isBetweenWords(int c) {
    return Characters.isSpace(c) || "-({[<".indexOf(c) >= 0;
  }

  private static long words(String text) {
    long words = 0;
    boolean inWord = false;
    for (int at = 0; at < text.length(); ) {
      int c = text.codePointAt(at);
      boolean isWord = c == '_' || Character.isLetterOrDigit(c);
      words += isWord && !inWord ? 1 : 0;
      inWord = isWord;
      at += Character.charCount(c);
    }
    return words;
  }

  /// Removes `<...>` and collapses white space.
  private Text withoutTags(Text text) {
    var builder = new TextBuilder(budget);
    var characters = text.characters();
    int from = 0;
    for (int open = characters.indexOf('<'); open >= 0; open = characters.indexOf('<', from)) {
      int close = characters.indexOf('>', open);
      if (close < 0) {
        break;
      }
      budget.step();
      builder.append(text, from, open);
      from = close + 1;
    }
    var plain = builder.append(text, from, characters.length()).text();
    return StringOperations.join(
        Text.own(" "), StringOperations.split(plain, Values.NONE, -1, budget), budget);
  }

  private static Text size(Value value, boolean binary) {
    double bytes =
        value instanceof Text text ? Double.parseDouble(checked(text)) : Values.real(value);
    int base = binary ? 1024 : 1000;
    if (bytes == 1) {
      return Text.own("1 Byte");
    }
    if (bytes < base) {
      return Text.own((long) bytes + " Bytes");
    }
    int unit = 0;
    double scaled = bytes / base;
    while (scaled >= base && unit < DECIMAL.length - 1) {
      scaled /= base;
      unit++;
    }
    var digits = new NumberFormat('f', 1, "", false).of(new Value.Real(scaled)).digits();
    return Text.own(digits + " " + (binary ? BINARY : DECIMAL)[unit]);
  }

  private static String checked(Text text) {
    var number = text.characters().strip();
    if (!number.matches("[0-9]{1,18}(\\.[0-9]{1,18})?")) {
      throw new TemplateRuntimeException(
          "filesizeformat() needs a number of bytes; convert it with 'int'");
    }
    return number;
  }

  private Text address(Value value, CallArguments arguments) {
    arguments.bind("urlencode");
    if (value instanceof Text || !isPairs(value)) {
      return Escaping.address(Representation.text(value, budget), false, budget);
    }
    var pairs = value instanceof Dict dict ? dict.pairs() : Values.list(value, budget);
    var parts = new ArrayList<Value>();
    for (var pair : pairs) {
      var sides = Values.list(pair, budget);
      if (sides.size() != 2) {
        throw new TemplateRuntimeException(
            "urlencode() needs pairs of names and values; give a dictionary");
      }
      parts.add(
          new TextBuilder(budget)
              .append(Escaping.address(Representation.text(sides.getFirst(), budget), true, budget))
              .append("=")
              .append(Escaping.address(Representation.text(sides.getLast(), budget), true, budget))
              .text());
    }
    return StringOperations.join(Text.own("&"), parts, budget);
  }

  private static boolean isPairs(Value value) {
    return switch (value) {
      case Dict _, Value.ListValue _, Value.Tuple _, Value.DictView _, Value.Generator _ -> true;
      default -> false;
    };
  }

  private Text attributes(Value value, CallArguments arguments) {
    boolean spaced = arguments.bind("xmlattr", "autospace").flag("autospace", true);
    if (!(Values.defined(value) instanceof Dict dict)) {
      throw new TemplateRuntimeException(
          "xmlattr() needs a dictionary, not '%s'".formatted(value.type()));
    }
    var parts = new ArrayList<Value>();
    for (var entry : dict.entries()) {
      if (entry.value() instanceof Value.None || entry.value() instanceof Value.Undefined) {
        continue;
      }
      var key = Representation.text(entry.key(), budget);
      if (key.characters()
          .codePoints()
          .anyMatch(c -> Characters.isSpace(c) || "/>=".indexOf(c) >= 0)) {
        throw new TemplateRuntimeException(
            "xmlattr() has a name with a space or one of '/>='; choose another");
      }
      parts.add(
          new TextBuilder(budget)
              .append(Escaping.html(key, budget))
              .append("=\"")
              .append(Escaping.html(soft(entry.value()), budget))
              .append("\"")
              .text());
    }
    var joined = StringOperations.join(Text.own(" "), parts, budget);
    return spaced && !parts.isEmpty() ? TextBuilder.join(budget, Text.own(" "), joined) : joined;
  }
}
