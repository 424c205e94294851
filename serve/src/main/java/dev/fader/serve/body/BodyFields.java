package dev.fader.serve.body;

import dev.fader.serve.http.ApiException;
import dev.fader.serve.http.Exchange;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/// The fields of a JSON object in a request. Each is read with what it may be, and one that is
/// wrong is named by its path, such as `messages[2].content`. A field that is null is absent; those
/// that nobody reads are ignored.
public final class BodyFields {
  private static final int LONGEST_VALUE = 60; // of a wrong one, in a message

  private final JsonNode object;
  private final String path; // empty for the body itself

  private BodyFields(JsonNode object, String path) {
    this.object = object;
    this.path = path;
  }

  /// The fields of a body.
  ///
  /// @throws ApiException if it is no object
  public static BodyFields of(JsonNode body) {
    if (!body.isObject()) {
      throw new ApiException(
          ApiException.Kind.INVALID,
          "the body is %s, and must be a JSON object: send {…}".formatted(described(body)));
    }
    return new BodyFields(body, "");
  }

  /// The fields of a request for text. If it asks for a stream of events, that begins in good time,
  /// be it only to say that there is nothing yet.
  ///
  /// @throws ApiException if the body is no object
  public static BodyFields ofTextRequest(Exchange exchange) {
    var body = of(exchange.body());
    if (body.flag("stream", false)) {
      exchange.events();
    }
    return body;
  }

  /// The path of a field of this object in the body.
  public String path(String name) {
    return path.isEmpty() ? name : path + "." + name;
  }

  /// The path of this object in the body; empty for the body itself.
  public String path() {
    return path;
  }

  /// The object itself.
  public JsonNode json() {
    return object;
  }

  /// Whether there is such a field, and it is not null.
  public boolean has(String name) {
    return value(name).isPresent();
  }

  /// The value of a field, whatever it is.
  public Optional<JsonNode> value(String name) {
    var value = object.path(name);
    return value.isMissingNode() || value.isNull() ? Optional.empty() : Optional.of(value);
  }

  /// That a field is wrong: its value, and what it must be.
  ///
  /// @param must such as `a list of messages`
  public ApiException wrong(String name, String must) {
    return wrong(path(name), object.path(name), must);
  }

  private static ApiException wrong(String path, JsonNode value, String must) {
    return ApiException.invalid(
        path, "`%s` is %s, and must be %s".formatted(path, described(value), must));
  }

  /// That a field is not there, and must be.
  public ApiException missing(String name) {
    return ApiException.invalid(path(name), "`%s` is missing: give it".formatted(path(name)));
  }

  /// That the server does not do what a field asks for.
  ///
  /// @param why and what to do instead
  public ApiException refused(String name, String why) {
    return ApiException.invalid(path(name), "`%s`: %s".formatted(path(name), why));
  }

  /// What a JSON value is, in a few words.
  public static String described(JsonNode value) {
    return switch (value.getNodeType()) {
      case OBJECT -> "an object";
      case ARRAY -> "a list";
      case STRING -> "\"" + shortened(value.stringValue()) + "\"";
      case NUMBER -> shortened(number(value));
      case BOOLEAN -> value.booleanValue() ? "true" : "false";
      case NULL -> "null";
      case MISSING -> "missing";
      case BINARY, POJO -> "of another kind";
    };
  }

  /// Never all digits of a number: 1e999999999 has as many as it says.
  private static String number(JsonNode value) {
    if (value.isBigInteger() && value.bigIntegerValue().bitLength() > 64 * Byte.SIZE) {
      return "a number beyond all bounds";
    }
    return value.isBigDecimal() ? value.decimalValue().toString() : value.asString();
  }

  private static String shortened(String text) {
    return text.length() <= LONGEST_VALUE
        ? text
        : text.substring(
                0,
                Character.isHighSurrogate(text.charAt(LONGEST_VALUE - 1))
                    ? LONGEST_VALUE - 1
                    : LONGEST_VALUE)
            + "…";
  }

  /// A field that must be there.
  public JsonNode required(String name, String must) {
    return value(name).orElseThrow(() -> wrong(name, must));
  }

  /// A text.
  public Optional<String> text(String name) {
    return value(name).map(value -> text(path(name), value));
  }

  /// A value that must be a string of whole characters.
  ///
  /// @param path where it stands
  public static String text(String path, JsonNode value) {
    if (!value.isString()) {
      throw wrong(path, value, "a string");
    }
    var text = value.stringValue();
    int i = 0;
    while (i < text.length()) {
      int point = text.codePointAt(i);
      if (point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE) {
        throw ApiException.invalid(
            path,
            "`%s` has half a character at %d: a surrogate needs its other half".formatted(path, i));
      }
      i += Character.charCount(point);
    }
    return text;
  }

  /// A text that must be there.
  public String requiredText(String name) {
    return text(name).orElseThrow(() -> wrong(name, "a string"));
  }

  /// One of some words.
  public Optional<String> word(String name, Collection<String> words) {
    return text(name)
        .map(word -> {
          if (!words.contains(word)) {
            throw wrong(name, "one of " + String.join(", ", words));
          }
          return word;
        });
  }

  /// True or false.
  public boolean flag(String name, boolean usual) {
    return value(name)
        .map(value -> {
          if (!value.isBoolean()) {
            throw wrong(name, "true or false");
          }
          return value.booleanValue();
        })
        .orElse(usual);
  }

  /// A whole number.
  public Optional<Integer> whole(String name, int least, int most) {
    return value(name).map(value -> (int) wholeLong(path(name), value, least, most));
  }

  /// A whole number that may be large.
  public Optional<Long> wholeLong(String name, long least, long most) {
    return value(name).map(value -> wholeLong(path(name), value, least, most));
  }

  private static long wholeLong(String path, JsonNode value, long least, long most) {
    var whole = whole(value);
    if (whole.isEmpty() || whole.get() < least || whole.get() > most) {
      throw wrong(path, value, "a whole number from %d to %d".formatted(least, most));
    }
    return whole.get();
  }

  private static Optional<Long> whole(JsonNode value) {
    if (value.isIntegralNumber()) {
      return value.canConvertToLong() ? Optional.of(value.longValue()) : Optional.empty();
    }
    if (!value.isNumber()) {
      return Optional.empty();
    }
    double number = value.doubleValue();
    return number == Math.rint(number) && Math.abs(number) < 1L << 53
        ? Optional.of((long) number)
        : Optional.empty();
  }

  /// A number, in the precision that models calculate in.
  public Optional<Float> number(String name, Range range) {
    return value(name)
        .map(value -> {
          float number = value.isNumber() ? finite(value) : Float.NaN;
          if (!range.has(number)) {
            throw wrong(name, "a number " + range);
          }
          return number;
        });
  }

  private static float finite(JsonNode value) {
    if (value.isBigDecimal()) {
      BigDecimal exact = value.decimalValue();
      return Math.abs((long) exact.precision() - exact.scale()) > 400
          ? Float.NaN
          : exact.floatValue();
    }
    if (value.isBigInteger()) {
      BigInteger exact = value.bigIntegerValue();
      return exact.bitLength() > 200 ? Float.NaN : exact.floatValue();
    }
    return (float) value.doubleValue();
  }

  /// An object within this one.
  public Optional<BodyFields> object(String name) {
    return value(name)
        .map(value -> {
          if (!value.isObject()) {
            throw wrong(name, "an object");
          }
          return new BodyFields(value, path(name));
        });
  }

  /// The objects of a list; none if there is no list.
  public List<BodyFields> objects(String name, int most) {
    var objects = new ArrayList<BodyFields>();
    for (var value : list(name, most)) {
      var at = "%s[%d]".formatted(path(name), objects.size());
      if (!value.isObject()) {
        throw wrong(at, value, "an object");
      }
      objects.add(new BodyFields(value, at));
    }
    return objects;
  }

  /// The values of a list in this object; none if there is no list.
  public List<JsonNode> list(String name, int most) {
    var value = value(name);
    if (value.isEmpty()) {
      return List.of();
    }
    if (!value.get().isArray()) {
      throw wrong(name, "a list");
    }
    if (value.get().size() > most) {
      throw tooMany(name, value.get().size(), most);
    }
    return List.copyOf(value.get().values());
  }

  private ApiException tooMany(String name, int size, int most) {
    return ApiException.invalid(
        path(name),
        "`%s` has %d values, and may have at most %d".formatted(path(name), size, most));
  }

  /// A text, or a list of them; none if there is neither.
  ///
  /// @param longest characters of each
  public List<String> texts(String name, int most, int longest) {
    var value = value(name);
    if (value.isEmpty()) {
      return List.of();
    }
    if (value.get().isString()) {
      return List.of(text(path(name), value.get(), longest));
    }
    if (!value.get().isArray()) {
      throw wrong(name, "a string or a list of strings");
    }
    var texts = new ArrayList<String>();
    for (var item : list(name, most)) {
      texts.add(text("%s[%d]".formatted(path(name), texts.size()), item, longest));
    }
    return texts;
  }

  private static String text(String path, JsonNode value, int longest) {
    if (text(path, value).isEmpty()) {
      throw wrong(path, value, "a string of at least one character");
    }
    if (value.stringValue().length() > longest) {
      throw ApiException.invalid(
          path,
          "`%s` has %d characters, and may have at most %d"
              .formatted(path, value.stringValue().length(), longest));
    }
    return value.stringValue();
  }

  /// The ids of tokens in a list that is a value of this object.
  ///
  /// @param at where the list stands
  /// @param vocabulary how many there are
  public static int[] tokens(String at, JsonNode list, int vocabulary) {
    var ids = new int[list.size()];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = (int) wholeLong("%s[%d]".formatted(at, i), list.get(i), 0, vocabulary - 1L);
    }
    return ids;
  }
}
