package dev.fader.serve.http;

import java.time.Duration;
import tools.jackson.databind.JsonNode;

/// An answer of JSON values, one on a line.
public final class JsonLines extends ResponseStream {
  /// What may stand before a value: clients take an empty line for one that is broken.
  private static final String NOTHING = " ";

  JsonLines(Target target, Duration ping) {
    super(target, ping, NOTHING);
  }

  @Override
  public void send(JsonNode value) {
    write(JsonText.text(value) + "\n");
  }
}
