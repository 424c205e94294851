package dev.fader.app.studio.inspection;

import dev.fader.app.view.Json;
import dev.fader.serve.http.Exchange;
import java.util.Map;

/// Answers that say how long they took.
final class Answers {
  private static final double NANO = 1e-9;

  private Answers() {}

  /// Sends an object as the command line prints it, and how long it took.
  static void send(Exchange exchange, Map<String, Object> object, long start) {
    exchange.send("application/json", Json.text(timed(object, start)));
  }

  /// An object that says how long it took.
  ///
  /// @param start by [System#nanoTime]
  static Map<String, Object> timed(Map<String, Object> object, long start) {
    object.put("seconds", (System.nanoTime() - start) * NANO);
    return object;
  }
}
