package dev.fader.app.studio.inspection;

import dev.fader.serve.http.ApiException;
import dev.fader.serve.http.Exchange;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Supplier;

/// Who reads files: each client one at a time, and not many clients at once.
final class Turns {
  private static final int TOGETHER = 2;
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Duration LOOK = Duration.ofMillis(200);

  private final Set<String> busy = new HashSet<>(); // guarded by this

  /// Reads something when it is the turn of who asks: what it asked for before may just be ending.
  ///
  /// @throws ApiException if that takes too long
  /// @throws InterruptedException if the thread is interrupted while it waits
  <T> T inTurn(Exchange exchange, Supplier<T> reading) throws InterruptedException {
    begin(exchange);
    try {
      return reading.get();
    } finally {
      end(exchange.client());
    }
  }

  private synchronized void begin(Exchange exchange) throws InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (busy.contains(exchange.client()) || busy.size() >= TOGETHER) {
      exchange.requireClient();
      if (System.nanoTime() > deadline) {
        throw new ApiException(
                ApiException.Kind.BUSY, "another file is being read for you: try again in 1 s")
            .retryAfter(1);
      }
      wait(LOOK.toMillis());
    }
    busy.add(exchange.client());
  }

  private synchronized void end(String client) {
    busy.remove(client);
    notifyAll();
  }
}
