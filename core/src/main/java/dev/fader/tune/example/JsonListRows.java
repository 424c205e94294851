package dev.fader.tune.example;

import dev.fader.data.DataException;
import dev.fader.data.Utf8Text;
import dev.fader.format.JsonProblem;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.node.ObjectNode;

/// A JSON list of objects, or objects one after the other without a list around them, of which only
/// one is in memory at a time.
final class JsonListRows implements RowReader {
  private final String name;
  private final Utf8Text text;
  private final JsonParser parser;
  private boolean started;
  private boolean isList;
  private long line = 1;

  JsonListRows(String name, Utf8Text text) {
    this.name = name;
    this.text = text;
    this.parser = RowJson.MAPPER.createParser(text);
  }

  @Override
  public Optional<Row> next() {
    try {
      var token = advance();
      if (token == null) {
        return Optional.empty();
      }
      if (token == JsonToken.END_ARRAY) {
        if (advance() != null) {
          throw wrong("more after the end of the list; put everything into one list");
        }
        return Optional.empty();
      }
      if (token != JsonToken.START_OBJECT) {
        throw wrong("not a JSON object; the file is a list of them, such as [{\"messages\": […]}]");
      }
      long start = line;
      return Optional.of(new Row((ObjectNode) RowJson.MAPPER.readTree(parser), start));
    } catch (JacksonException broken) {
      var location = broken.getLocation();
      line = location == null ? line : location.getLineNr();
      throw wrong("broken JSON: " + JsonProblem.of(broken));
    }
  }

  /// The token that begins the next row, or ends the list.
  private @Nullable JsonToken advance() {
    var token = parser.nextToken();
    if (!started) {
      started = true;
      isList = token == JsonToken.START_ARRAY;
      token = isList ? parser.nextToken() : token;
    } else if (token == null && isList && !parser.streamReadContext().inRoot()) {
      throw wrong("the list does not end; the file is cut short");
    }
    line = parser.currentTokenLocation().getLineNr();
    return token;
  }

  private DataException wrong(String what) {
    return new DataException("%s:%d: %s".formatted(name, line, what));
  }

  @Override
  public void close() {
    parser.close();
    text.close();
  }
}
