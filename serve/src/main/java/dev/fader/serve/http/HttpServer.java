package dev.fader.serve.http;

import com.sun.management.UnixOperatingSystemMXBean;
import dev.fader.serve.http.ApiException.Kind;
import io.helidon.common.buffers.DataReader;
import io.helidon.http.DirectHandler;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.RequestException;
import io.helidon.http.ServerResponseHeaders;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.http.DirectHandlers;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// A server that is running: it lets in who may ask, and hands each request to its route.
public final class HttpServer implements AutoCloseable {
  private static final Duration NEVER = Duration.ofDays(1000); // our own limits hold

  private static final int OTHER_FILES = 256;

  private final HttpSetup setup;
  private final Routes routes;
  private final Gate gate;
  private final RequestLog log;
  private final Exchange.Server inCommon;
  private final Function<Throwable, ApiException> failures;
  private final GuardedSelector selector;
  private final SlowWrites writes;
  private final WebServer server;

  private HttpServer(
      HttpSetup setup,
      List<? extends Dialect> dialects,
      RequestLog log,
      Function<Throwable, ApiException> failures)
      throws IOException {
    this.setup = setup;
    this.routes = new Routes(dialects);
    this.gate = new Gate(setup.access(), routes);
    this.log = log;
    this.inCommon = new Exchange.Server(setup.ping(), setup.limits().answer(), log.wantsText());
    this.failures = failures;
    this.writes = new SlowWrites(setup.limits().write());
    long budget = Math.max(2L * setup.limits().bodyBytes(), Runtime.getRuntime().maxMemory() / 4);
    this.selector = new GuardedSelector(setup.limits(), new ReceiveBudget(budget), writes);
    this.server = build();
  }

  private WebServer build() throws IOException {
    var builder =
        WebServer.builder()
            .shutdownHook(false)
            .featuresDiscoverServices(false)
            .protocolsDiscoverServices(false)
            .host(setup.host())
            .port(setup.port())
            .maxPayloadSize(setup.limits().bodyBytes())
            .maxTcpConnections(connections())
            .idleConnectionTimeout(NEVER)
            .idleConnectionPeriod(NEVER)
            .connectionOptions(options -> options.tcpNoDelay(true))
            .addConnectionSelector(selector)
            .directHandlers(transportErrors())
            .routing(HttpRouting.builder().any(this::handle));
    if (setup.tls().isPresent()) {
      builder.tls(TransportLayer.open(setup.tls().get()));
    }
    return builder.build();
  }

  /// No more than there may be files open: a listener that cannot accept ends.
  private int connections() {
    int wanted = setup.limits().connections();
    if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix) {
      return Math.clamp(unix.getMaxFileDescriptorCount() - OTHER_FILES, 1, wanted);
    }
    return wanted;
  }

  /// Starts.
  ///
  /// @param dialects the first of which answers for paths that are nobody's
  /// @param failures what clients are told of an exception that is none of theirs
  /// @throws IOException if the address is taken or is none of this machine's, or the files for TLS
  ///   cannot be read
  public static HttpServer start(
      HttpSetup setup,
      List<? extends Dialect> dialects,
      RequestLog log,
      Function<Throwable, ApiException> failures)
      throws IOException {
    requireFree(setup);
    var server = new HttpServer(setup, dialects, log, failures);
    server.server.start();
    if (!server.server.isRunning()) { // which the web server only logs
      server.writes.close();
      throw new IOException("cannot listen at %s:%d".formatted(setup.host(), setup.port()));
    }
    return server;
  }

  /// The web server does not say why it cannot listen.
  private static void requireFree(HttpSetup setup) throws IOException {
    try (var socket = new ServerSocket()) {
      socket.bind(new InetSocketAddress(setup.host(), setup.port()));
    } catch (IOException taken) {
      throw new IOException(
          "cannot listen at %s:%d: %s".formatted(setup.host(), setup.port(), taken.getMessage()),
          taken);
    }
  }

  /// Where it listens.
  public int port() {
    return server.port();
  }

  /// All that can be asked for, a line each: whether it is open, method, path, interface.
  public static List<String> list(List<? extends Dialect> dialects) {
    return new Routes(dialects)
        .all().stream()
            .map(listed ->
                "%-4s %-6s %-40s %s"
                    .formatted(
                        listed.route().open() ? "open" : "key",
                        listed.route().method(),
                        listed.route().path(),
                        listed.dialect().name()))
            .toList();
  }

  /// Takes no more requests: those that come are told to come again.
  ///
  /// @param retryAfter seconds
  public void drain(long retryAfter) {
    gate.close(retryAfter);
  }

  private void handle(ServerRequest request, ServerResponse response) {
    var source = selector.current();
    var exchange = new Exchange(request, response, source, inCommon);
    log.began(exchange);
    try {
      answer(exchange);
    } catch (ClientGoneException gone) {
      exchange.left();
      throw new CloseConnectionException("the client has gone", gone);
    } finally {
      exchange.stream().ifPresent(ResponseStream::leave);
      source.finish(
          request.headers().containsToken(HeaderValues.CONNECTION_CLOSE)
              || response.headers().containsToken(HeaderValues.CONNECTION_CLOSE));
      log.ended(exchange);
    }
  }

  private void answer(Exchange exchange) {
    try {
      exchange.header("X-Content-Type-Options", "nosniff");
      if (gate.admit(exchange)) {
        var match = routes.match(exchange.method(), exchange.path());
        exchange.matched(match);
        match.route().handler().handle(exchange);
      }
      exchange.stream().ifPresent(ResponseStream::close);
      if (!exchange.isAnswered()) {
        throw new IllegalStateException("the route has not answered");
      }
    } catch (ClientGoneException | CloseConnectionException mine) {
      exchange.failed(String.valueOf(mine.getMessage()));
      throw mine;
    } catch (RequestException refusal) { // of a body; the web server would tell of it twice
      exchange.leaveRest();
      tell(exchange, refused(refusal.status(), Optional.ofNullable(refusal.getMessage())));
    } catch (DataReader.InsufficientDataAvailableException | UncheckedIOException gone) {
      throw new ClientGoneException(gone);
    } catch (Exception | Error failed) { // of whatever kind, the next request is served
      tell(exchange, failed instanceof ApiException error ? error : failures.apply(failed));
    }
  }

  private void tell(Exchange exchange, ApiException error) {
    exchange.failed(error.message());
    var dialect = exchange.dialect().orElseGet(() -> routes.dialect(exchange.path()));
    var begun = exchange.stream().filter(stream -> !stream.abandon());
    if (begun.isPresent()) {
      switch (begun.get()) {
        case EventStream events -> dialect.fail(events, error);
        case JsonLines lines -> dialect.fail(lines, error);
      }
      begun.get().close();
      return;
    }
    if (exchange.isAnswered()) {
      throw new CloseConnectionException("it failed after its answer");
    }
    error.retryAfter().ifPresent(seconds -> exchange.header("Retry-After", "" + seconds));
    if (error.kind() == Kind.UNAUTHENTICATED) {
      exchange.header("WWW-Authenticate", "Bearer");
    }
    if (error.kind() == Kind.METHOD) {
      exchange.header("Allow", routes.methods(exchange.path()));
    }
    if (exchange.isFramed()) {
      exchange.send(error.kind().status(), dialect.error(error));
      return;
    }
    exchange.header("Connection", "close");
    exchange.send(error.kind().status(), dialect.error(error));
    throw new CloseConnectionException(error.message()); // or the rest would be read
  }

  /// What the web server refuses before a route has it.
  private DirectHandlers transportErrors() {
    var handlers = DirectHandlers.builder();
    for (var type : DirectHandler.EventType.values()) {
      handlers.addHandler(type, this::transportError);
    }
    return handlers.build();
  }

  private DirectHandler.TransportResponse transportError(
      DirectHandler.TransportRequest request,
      DirectHandler.EventType type,
      Status status,
      ServerResponseHeaders headers,
      String message) {
    selector.current().refuse();
    log.refused(told(status).code());
    var error = refused(status, Optional.ofNullable(message));
    headers.set(HeaderNames.CONTENT_TYPE, "application/json");
    headers.set(HeaderValues.CONNECTION_CLOSE);
    error.retryAfter().ifPresent(seconds -> headers.set(HeaderNames.RETRY_AFTER, "" + seconds));
    return DirectHandler.TransportResponse.builder()
        .status(told(status))
        .headers(headers)
        .keepAlive(false)
        .entity(JsonText.bytes(routes.dialect(request.path()).error(error)))
        .build();
  }

  /// That a request cannot be read.
  private ApiException refused(Status status, Optional<String> message) {
    var error = new ApiException(kind(told(status)), words(told(status), message));
    return error.kind() == Kind.UNAVAILABLE ? error.retryAfter(1) : error;
  }

  /// Our own failures are told elsewhere: here it is the request that cannot be read.
  private static Status told(Status status) {
    return status.code() == 500 ? Status.BAD_REQUEST_400 : status;
  }

  private static Kind kind(Status status) {
    for (var kind : Kind.values()) {
      if (kind.status() == status.code()) {
        return kind;
      }
    }
    return status.code() < 500 ? Kind.INVALID : Kind.INTERNAL;
  }

  private String words(Status status, Optional<String> message) {
    return switch (status.code()) {
      case 413 ->
          "the body is larger than %d bytes, which is all that is taken"
              .formatted(setup.limits().bodyBytes());
      case 414 -> "the first line of the request is too long";
      case 431 -> "the headers have more than %d bytes".formatted(setup.limits().headerBytes());
      case 501 -> "the body comes in a way that is not known here: send it as it is, or in chunks";
      default ->
          message
              .map("the request is not done: "::concat)
              .orElse("the request cannot be read: check its first line, and its headers");
    };
  }

  /// Ends, and breaks off what is still answered.
  @Override
  public void close() {
    server.stop();
    writes.close();
  }
}
