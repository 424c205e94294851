package dev.fader.serve.http;

import java.io.OutputStream;
import java.time.Duration;
import tools.jackson.databind.JsonNode;

/// An answer of server-sent events. While there is nothing to tell, comments keep the connection
/// open.
///
/// See the [HTML standard](https://html.spec.whatwg.org/multipage/server-sent-events.html).
public final class EventStream extends ResponseStream {
  private final Thread pings;

  EventStream(OutputStream to, Duration ping) {
    super(to);
    long nanos = ping.toNanos();
    this.pings = Thread.ofVirtual().name("fader-pings").start(() -> ping(nanos));
  }

  private void ping(long nanos) {
    try {
      while (true) {
        long left = nanos - idleNanos();
        if (left <= 0) {
          write(": ping\n\n");
        } else {
          Thread.sleep(Duration.ofNanos(left));
        }
      }
    } catch (InterruptedException | ClientGoneException ended) {
      return;
    }
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

  @Override
  void leave() {
    pings.interrupt();
  }
}
