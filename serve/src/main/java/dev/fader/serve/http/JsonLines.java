package dev.fader.serve.http;

import java.io.OutputStream;
import java.time.Duration;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;

/// An answer of JSON values, one on a line.
public final class JsonLines extends ResponseStream {
  /// What may stand before a value: clients take an empty line for one that is broken.
  private static final String NOTHING = " ";

  JsonLines(Supplier<OutputStream> opening, Duration ping) {
    super(opening, ping, NOTHING);
  }

  @Override
  public void send(JsonNode value) {
    write(JsonText.text(value) + "\n");
  }
}
