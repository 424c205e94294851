package dev.fader.serve.openai;

import dev.fader.serve.http.EventStream;
import dev.fader.serve.http.Exchange;
import tools.jackson.databind.node.ObjectNode;

/// The events of a response, which begins with the first of them: what fails before has a status of
/// its own.
final class Chunks {
  private final Exchange exchange;
  private boolean told;

  Chunks(Exchange exchange) {
    this.exchange = exchange;
  }

  private EventStream events() {
    told = true;
    return exchange.events();
  }

  void send(ObjectNode chunk) {
    events().send(chunk);
  }

  /// Sends an event by its name, which is its type.
  void sendNamed(ObjectNode event) {
    events().send(event.get("type").stringValue(), event);
  }

  void done() {
    events().done();
  }

  /// Whether one was sent.
  boolean areTold() {
    return told;
  }

  /// Whether the response has begun, so that what fails is told by an event.
  boolean haveBegun() {
    return exchange.events().hasBegun();
  }
}
