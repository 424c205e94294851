package dev.fader.data;

import static java.util.stream.Collectors.joining;

import dev.fader.format.JsonProblem;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/// JSON lines, one document each: an object with `ids` (an array of token ids) or else `text` (a
/// string). Other fields and blank lines are ignored.
final class JsonLinesReader implements DocumentReader {
  private static final JsonFactory JSON = new JsonFactory();
  private static final int MOST_KEYS_SHOWN = 8;
  private static final int LONGEST_KEY_SHOWN = 40;

  /// Keys that are typical of chat and instruction data.
  private static final Set<String> CHAT_KEYS =
      Set.of(
          "messages",
          "conversations",
          "conversation",
          "prompt",
          "completion",
          "instruction",
          "response",
          "question",
          "answer",
          "chosen",
          "rejected");

  private final String name;
  private final Utf8Lines lines;
  private boolean hasLine;

  JsonLinesReader(String name, Utf8Text text) {
    this.name = name;
    this.lines = new Utf8Lines(name, text);
  }

  @Override
  public Optional<DocumentChunk> next() {
    hasLine = false;
    hasLine = lines.next();
    return hasLine ? Optional.of(parse()) : Optional.empty();
  }

  @Override
  public boolean goesOn() {
    return hasLine;
  }

  private DocumentChunk parse() {
    var context = ObjectReadContext.empty();
    try (var json = JSON.createParser(context, lines.buffer(), lines.start(), lines.length())) {
      if (json.nextToken() != JsonToken.START_OBJECT) {
        throw wrong("not a JSON object");
      }
      Optional<DocumentChunk> text = Optional.empty();
      Optional<DocumentChunk> ids = Optional.empty();
      var others = new ArrayList<String>();
      while (json.nextToken() == JsonToken.PROPERTY_NAME) {
        var field = json.currentName();
        var value = json.nextToken();
        switch (field) {
          case "text" -> text = Optional.of(text(json, value));
          case "ids" -> ids = Optional.of(ids(json, value));
          default -> {
            json.skipChildren();
            if (others.size() < MOST_KEYS_SHOWN) {
              others.add(field);
            }
          }
        }
      }
      if (json.nextToken() != null) {
        throw wrong("more than one JSON value");
      }
      var piece = ids.isPresent() ? ids : text;
      return piece.orElseThrow(() -> unread(others));
    } catch (JacksonException broken) {
      throw wrong("broken JSON: " + JsonProblem.of(broken));
    }
  }

  private DocumentChunk text(JsonParser json, JsonToken value) {
    if (value != JsonToken.VALUE_STRING) {
      throw wrong("\"text\" is not a string");
    }
    var string = json.getString();
    for (int i = 0; i < string.length(); i++) {
      if (Character.isSurrogate(string.charAt(i))) {
        int codePoint = string.codePointAt(i);
        if (!Character.isSupplementaryCodePoint(codePoint)) {
          throw wrong("\"text\" has half a character, \\u%04x".formatted(codePoint));
        }
        i++;
      }
    }
    return new DocumentChunk.Text(string, true);
  }

  private DocumentChunk ids(JsonParser json, JsonToken value) {
    if (value != JsonToken.START_ARRAY) {
      throw wrong("\"ids\" is not an array");
    }
    var ids = new int[64];
    int count = 0;
    while (json.nextToken() != JsonToken.END_ARRAY) {
      if (json.currentToken() != JsonToken.VALUE_NUMBER_INT) {
        throw wrong("\"ids\" holds %s, not a whole number".formatted(json.getString()));
      }
      if (count == ids.length) {
        ids = Arrays.copyOf(ids, count * 2);
      }
      ids[count++] = json.getIntValue();
    }
    return new DocumentChunk.Ids(Arrays.copyOf(ids, count), place());
  }

  /// The error for a line without known keys. Chat and instruction data is recognised, because its
  /// users need to hear what it is for rather than what JSON is.
  private DataException unread(List<String> keys) {
    var found = keys.stream().map(key -> '"' + shown(key) + '"').collect(joining(", "));
    if (keys.isEmpty()) {
      return wrong("neither \"text\" nor \"ids\"");
    }
    var chats = keys.stream().filter(CHAT_KEYS::contains).findFirst();
    if (chats.isPresent()) {
      return new DataException(
          "%s:%d: the line has %s: chats and instructions are what a model is tuned with; only \"text\" (a string) and \"ids\" (an array of token ids) are read to train on; tune a model with them, or write each conversation as one {\"text\": \"…\"}"
              .formatted(name, lines.number(), found));
    }
    boolean renames = keys.contains("content");
    return new DataException(
        "%s:%d: the line has %s, and neither \"text\" (a string) nor \"ids\" (an array of token ids), which are read%s"
            .formatted(
                name,
                lines.number(),
                found,
                renames ? ": rename \"content\" to \"text\"" : "; give the text under \"text\""));
  }

  private static String shown(String key) {
    var text = key.length() > LONGEST_KEY_SHOWN ? key.substring(0, LONGEST_KEY_SHOWN) + "…" : key;
    return text.chars().anyMatch(Character::isISOControl) ? "(control characters)" : text;
  }

  @Override
  public String place() {
    return name + ":" + lines.number();
  }

  private DataException wrong(String what) {
    return new DataException(
        "%s:%d: %s; each line is one object like {\"text\": \"…\"} or {\"ids\": [1, 2, 3]}"
            .formatted(name, lines.number(), what));
  }

  @Override
  public void close() {
    lines.close();
  }
}
