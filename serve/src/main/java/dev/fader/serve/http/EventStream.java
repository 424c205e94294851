package dev.fader.serve.http;

import java.time.Duration;
import tools.jackson.databind.JsonNode;

/// An answer of server-sent events. While there is nothing to tell, comments keep the connection
/// open.
///
/// See the [HTML standard](https://html.spec.whatwg.org/multipage/server-sent-events.html).
public final class EventStream extends ResponseStream {
  /// What says nothing.
  static final String COMMENT = ": ping\n\n";

  EventStream(Target target, Duration ping, String comment) {
    super(target, ping, comment);
  }

  /// Sends an event that has no name.
  @Override
  public void send(JsonNode data) {
    write("data: " + JsonText.text(data) + "\n\n");
  }

  /// Sends an event.
  public void send(String event, JsonNode data) {
    write("event: " + event + "\ndata: " + JsonText.text(data) + "\n\n");
  }

  /// Sends `[DONE]`, which ends the streams of some interfaces.
  public void done() {
    write("data: [DONE]\n\n");
  }
}
