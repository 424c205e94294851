package dev.fader.serve.metrics;

import dev.fader.serve.http.Exchange;
import dev.fader.serve.http.RequestLog;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// An event for the flight recorder for each request.
public final class FlightRecord implements RequestLog {
  private final Map<Exchange, RequestServed> running = new ConcurrentHashMap<>();

  /// A record that begins when somebody records.
  public FlightRecord() {}

  @Override
  public void began(Exchange exchange) {
    var event = new RequestServed();
    if (event.isEnabled()) {
      event.begin();
      running.put(exchange, event);
    }
  }

  @Override
  public void refused(int status) {
    // It has taken no time.
  }

  @Override
  public void ended(Exchange exchange) {
    Optional.ofNullable(running.remove(exchange)).ifPresent(event -> commit(event, exchange));
  }

  private static void commit(RequestServed event, Exchange exchange) {
    event.route = exchange.route().orElse("");
    event.status = exchange.status();
    exchange
        .usage()
        .ifPresent(usage -> {
          event.model = usage.model();
          event.inputTokens = usage.inputTokens();
          event.outputTokens = usage.outputTokens();
        });
    event.commit();
  }
}
