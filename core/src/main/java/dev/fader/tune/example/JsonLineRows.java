package dev.fader.tune.example;

import dev.fader.data.DataException;
import dev.fader.data.Utf8Lines;
import dev.fader.data.Utf8Text;
import dev.fader.format.JsonProblem;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.node.ObjectNode;

/// JSON lines: an object each.
final class JsonLineRows implements RowReader {
  private final String name;
  private final Utf8Lines lines;

  JsonLineRows(String name, Utf8Text text) {
    this.name = name;
    this.lines = new Utf8Lines(name, text);
  }

  @Override
  public Optional<Row> next() {
    return lines.next() ? Optional.of(new Row(object(), lines.number())) : Optional.empty();
  }

  private ObjectNode object() {
    try (var parser = RowJson.MAPPER.createParser(lines.buffer(), lines.start(), lines.length())) {
      var value = RowJson.MAPPER.readTree(parser);
      if (!(value instanceof ObjectNode object)) {
        throw wrong("not a JSON object; each line is one, such as {\"messages\": […]}");
      }
      if (parser.nextToken() != null) {
        throw wrong("more than one JSON value; give each a line of its own");
      }
      return object;
    } catch (JacksonException broken) {
      throw wrong("broken JSON: " + JsonProblem.of(broken));
    }
  }

  private DataException wrong(String what) {
    return new DataException("%s:%d: %s".formatted(name, lines.number(), what));
  }

  @Override
  public void close() {
    lines.close();
  }
}
