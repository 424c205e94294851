package dev.fader.serve.http;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.concurrency.limits.Limit;
import io.helidon.common.task.InterruptableTask;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.http1.Http1Config;
import io.helidon.webserver.http1.Http1ConnectionSelector;
import io.helidon.webserver.spi.ServerConnection;
import io.helidon.webserver.spi.ServerConnectionSelector;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;

/// HTTP/1.1 over connections that are watched.
final class GuardedSelector implements ServerConnectionSelector {
  private final HttpLimits limits;
  private final ReceiveBudget budget;
  private final SlowWrites writes;
  private final Http1ConnectionSelector http;

  /// A connection has a thread of its own, on which its requests are answered.
  private final Map<Thread, ConnectionReader> byThread = new ConcurrentHashMap<>();

  GuardedSelector(HttpLimits limits, ReceiveBudget budget, SlowWrites writes) {
    this.limits = limits;
    this.budget = budget;
    this.writes = writes;
    var config =
        Http1Config.builder()
            .maxHeadersSize(limits.headerBytes())
            .maxPrologueLength(Math.min(limits.headerBytes(), 8192))
            .build();
    this.http = Http1ConnectionSelector.builder().config(config).build();
  }

  /// What the connection of this thread reads from.
  ConnectionReader current() {
    return Objects.requireNonNull(byThread.get(Thread.currentThread()));
  }

  @Override
  public int bytesToIdentifyConnection() {
    return http.bytesToIdentifyConnection();
  }

  @Override
  public Support supports(BufferData data) {
    return http.supports(data);
  }

  @Override
  public Set<String> supportedApplicationProtocols() {
    return http.supportedApplicationProtocols();
  }

  @Override
  public ServerConnection connection(ConnectionContext context) {
    var reader = new ConnectionReader(context.serverSocket(), limits, budget);
    return new Guarded(http.connection(new Connection(context, reader, writes)), reader, byThread);
  }

  /// Gives back what its last request took, however it ends.
  private record Guarded(
      ServerConnection connection, ConnectionReader reader, Map<Thread, ConnectionReader> byThread)
      implements ServerConnection, InterruptableTask<Void> {
    @Override
    public void handle(Limit limit) throws InterruptedException {
      byThread.put(Thread.currentThread(), reader);
      try {
        connection.handle(limit);
      } finally {
        byThread.remove(Thread.currentThread());
        reader.finish(true);
        reader.linger();
      }
    }

    @Override
    @SuppressWarnings("removal") // must be there, and is not called
    public void handle(Semaphore semaphore) throws InterruptedException {
      byThread.put(Thread.currentThread(), reader);
      try {
        connection.handle(semaphore);
      } finally {
        byThread.remove(Thread.currentThread());
        reader.finish(true);
      }
    }

    @Override
    public Duration idleTime() {
      return connection.idleTime();
    }

    @Override
    public void close(boolean interrupt) {
      connection.close(interrupt);
    }

    @Override
    public boolean canInterrupt() {
      return connection instanceof InterruptableTask<?> task && task.canInterrupt();
    }
  }
}
