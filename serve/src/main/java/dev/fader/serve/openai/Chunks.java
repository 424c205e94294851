package dev.fader.serve.openai;

import dev.fader.serve.http.EventStream;
import dev.fader.serve.http.Exchange;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/// The events of a response, which begins with the first of them: what fails before has a status of
/// its own.
final class Chunks {
  private final Exchange exchange;
  private Optional<EventStream> events = Optional.empty();

  Chunks(Exchange exchange) {
    this.exchange = exchange;
  }

  private EventStream events() {
    if (events.isEmpty()) {
      events = Optional.of(exchange.events());
    }
    return events.get();
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
  boolean hasBegun() {
    return events.isPresent();
  }
}
