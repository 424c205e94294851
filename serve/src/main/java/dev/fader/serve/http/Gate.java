package dev.fader.serve.http;

import dev.fader.serve.http.ApiException.Kind;
import java.util.OptionalLong;

/// Lets in who may ask.
final class Gate {
  private final HttpSetup.Access access;
  private final Routes routes;
  private volatile OptionalLong closed = OptionalLong.empty();

  Gate(HttpSetup.Access access, Routes routes) {
    this.access = access;
    this.routes = routes;
  }

  /// Lets nobody in any more.
  ///
  /// @param retryAfter seconds
  void close(long retryAfter) {
    closed = OptionalLong.of(retryAfter);
  }

  /// Whether the request goes on to its route; false if it is answered.
  ///
  /// @throws ApiException if it may not be
  boolean admit(Exchange exchange) {
    var host = exchange.header("Host").orElse("");
    access.hosts().check(host);
    var origin = exchange.header("Origin");
    if (origin.isPresent()) {
      if (!access.hosts().allows(origin.get(), host)) {
        throw new ApiException(Kind.FORBIDDEN, access.hosts().refusal(origin.get()));
      }
      exchange.header("Access-Control-Allow-Origin", origin.get());
      exchange.header("Vary", "Origin");
    }
    if (exchange.method().equals("OPTIONS")) {
      tellMethods(exchange, origin.isPresent());
      return false;
    }
    if (closed.isPresent()) {
      throw new ApiException(Kind.UNAVAILABLE, "the server is about to end")
          .retryAfter(closed.getAsLong());
    }
    if (!access.keys().isEmpty() && !isOpen(exchange)) {
      authenticate(exchange);
    }
    return true;
  }

  private boolean isOpen(Exchange exchange) {
    try {
      return routes.match(exchange.method(), exchange.path()).route().open();
    } catch (ApiException unknown) { // who has no key is not told what there is
      return false;
    }
  }

  private void authenticate(Exchange exchange) {
    var bearer =
        exchange
            .header("Authorization")
            .filter(value -> value.regionMatches(true, 0, "Bearer ", 0, 7));
    var key =
        bearer
            .map(value -> value.substring(7).strip())
            .or(() -> exchange.header("x-api-key").map(String::strip))
            .orElseThrow(() ->
                new ApiException(
                    Kind.UNAUTHENTICATED,
                    "there is no key: send it as `Authorization: Bearer` or `x-api-key`"));
    var holder =
        access
            .keys()
            .holder(key)
            .orElseThrow(() ->
                new ApiException(Kind.UNAUTHENTICATED, "the key is wrong")
                    .coded("invalid_api_key"));
    exchange.heldBy(holder);
  }

  private void tellMethods(Exchange exchange, boolean page) {
    var methods = routes.methods(exchange.path());
    if (methods.isEmpty()) {
      routes.match("OPTIONS", exchange.path()); // which says that there is none
    }
    exchange.header("Allow", methods);
    if (page) {
      exchange.header("Access-Control-Allow-Methods", methods);
      exchange.header(
          "Access-Control-Allow-Headers",
          "authorization, content-type, x-api-key, anthropic-version, anthropic-beta");
      exchange.header("Access-Control-Max-Age", "600");
    }
    exchange.sendNothing();
  }
}
