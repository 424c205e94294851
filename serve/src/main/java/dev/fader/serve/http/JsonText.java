package dev.fader.serve.http;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.exc.StreamConstraintsException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// The JSON of requests and responses.
public final class JsonText {
  private static final int DEEPEST = 64;
  private static final int MOST_VALUES = 500_000; // of which a tree takes some 30 MB
  private static final long VALUE_BYTES = 72;

  /// About what a number of a response takes up, until it is sent: as a value, and as text.
  public static final long BYTES_OF_NUMBER = 40;

  private static final int LONGEST_NUMBER = 400;
  private static final Pattern HALF = Pattern.compile("\\\\u[dD][89a-fA-F]");
  private static final JsonMapper MAPPER =
      JsonMapper.builder(factory()).enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

  private JsonText() {}

  private static JsonFactory factory() {
    var constraints =
        StreamReadConstraints.builder()
            .maxNestingDepth(DEEPEST)
            .maxTokenCount(MOST_VALUES)
            .maxNumberLength(LONGEST_NUMBER)
            .maxNameLength(4096)
            .maxStringLength(Integer.MAX_VALUE) // the body has a limit
            .build();
    return JsonFactory.builder()
        .streamReadConstraints(constraints)
        .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
        .build();
  }

  /// An object to be filled.
  public static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  /// A value as it is sent.
  public static byte[] bytes(JsonNode value) {
    return MAPPER.writeValueAsBytes(value);
  }

  /// A value as it is sent.
  public static String text(JsonNode value) {
    return MAPPER.writeValueAsString(value);
  }

  /// About what the tree of such a body takes up, its text included. Objects of one number took 72
  /// bytes for each separator, lists and larger objects less; those within texts are counted, too.
  static long treeBytes(byte[] body) {
    long separators = 0;
    for (byte one : body) {
      separators += one == ',' || one == ':' || one == '[' || one == '{' ? 1 : 0;
    }
    return 4L * body.length + VALUE_BYTES * Math.min(separators, MOST_VALUES);
  }

  /// What a request says: UTF-8, with or without a byte order mark, no name twice.
  ///
  /// @throws ApiException if it is not JSON of this kind
  static JsonNode read(byte[] body) {
    String text;
    try {
      text =
          StandardCharsets.UTF_8
              .newDecoder()
              .onMalformedInput(CodingErrorAction.REPORT)
              .decode(ByteBuffer.wrap(body))
              .toString();
    } catch (CharacterCodingException broken) {
      throw wrong("the body is not UTF-8: send JSON in UTF-8");
    }
    try {
      var value = MAPPER.readTree(text.startsWith("\ufeff") ? text.substring(1) : text);
      if (HALF.matcher(text).find()) {
        requireWholeCharacters(value);
      }
      return value;
    } catch (StreamConstraintsException tooMuch) {
      throw wrong(
          "the body is JSON beyond the limits of %d levels, %d values and numbers of %d digits: %s"
              .formatted(DEEPEST, MOST_VALUES, LONGEST_NUMBER, tooMuch.getOriginalMessage()));
    } catch (JacksonException broken) {
      throw wrong("the body is not JSON: " + where(broken));
    }
  }

  /// Half a character can only be spelled by an escape.
  private static void requireWholeCharacters(JsonNode root) {
    var left = new ArrayDeque<JsonNode>();
    left.push(root);
    while (!left.isEmpty()) {
      var value = left.pop();
      value.values().forEach(left::push);
      value.propertyNames().forEach(JsonText::requireWholeCharacters);
      if (value.isString()) {
        requireWholeCharacters(value.stringValue());
      }
    }
  }

  private static void requireWholeCharacters(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (Character.isHighSurrogate(c)
          && i + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        i++;
      } else if (Character.isSurrogate(c)) {
        throw wrong(
            "the body has half a character, \\u%04x, in %s: send both surrogates"
                .formatted((int) c, Shown.value(text)));
      }
    }
  }

  private static String where(JacksonException broken) {
    var place = broken.getLocation();
    return "%s at line %d, column %d"
        .formatted(
            Shown.value(broken.getOriginalMessage()), place.getLineNr(), place.getColumnNr());
  }

  private static ApiException wrong(String message) {
    return new ApiException(ApiException.Kind.INVALID, message);
  }
}
