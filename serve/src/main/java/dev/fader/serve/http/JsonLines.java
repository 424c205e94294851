package dev.fader.serve.http;

import java.io.OutputStream;
import tools.jackson.databind.JsonNode;

/// An answer of JSON values, one on a line.
public final class JsonLines extends ResponseStream {
  JsonLines(OutputStream to) {
    super(to);
  }

  @Override
  public void send(JsonNode value) {
    write(JsonText.text(value) + "\n");
  }
}
