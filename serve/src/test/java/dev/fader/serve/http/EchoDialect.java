package dev.fader.serve.http;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.node.ObjectNode;

/// An interface that knows no model.
final class EchoDialect implements Dialect {
  final LinkedBlockingQueue<String> waited = new LinkedBlockingQueue<>();
  final LinkedBlockingQueue<String> flooded = new LinkedBlockingQueue<>();

  @Override
  public String name() {
    return "Echo";
  }

  @Override
  public List<Route> routes() {
    return List.of(
        Route.get("/health", exchange -> exchange.send(JsonText.object().put("ok", true))).opened(),
        Route.post("/v1/echo", exchange -> exchange.send(exchange.body())),
        Route.get(
            "/v1/things/{thing}",
            exchange -> exchange.send(JsonText.object().put("thing", exchange.variable()))),
        Route.post("/v1/events", this::events),
        Route.post("/v1/wait", this::waitUntilGone),
        Route.post("/v1/flood", this::flood),
        Route.post("/v1/reserve", this::reserve),
        Route.post("/v1/silent", this::failAfterAWhile),
        Route.post(
            "/v1/fail",
            exchange -> {
              throw new IllegalStateException("secret");
            }),
        Route.post(
            "/v1/fail-late",
            exchange -> {
              exchange.events().send(JsonText.object().put("n", 0));
              throw new IllegalArgumentException("`n` is odd");
            }));
  }

  private void events(Exchange exchange) {
    int count = exchange.body().path("count").asInt(3);
    var events = exchange.events();
    for (int i = 0; i < count; i++) {
      events.send("step", JsonText.object().put("n", i));
    }
    events.done();
  }

  /// Nothing is written meanwhile, as while a prompt is read.
  private void waitUntilGone(Exchange exchange) throws InterruptedException {
    var body = exchange.body();
    int tenths = body.path("tenths").asInt(0);
    exchange.reserve(tenth() * tenths);
    if (body.path("stream").asBoolean(false) || tenths > 0) {
      exchange.events();
    }
    var end = new CountDownLatch(1);
    exchange.whenGone(end::countDown);
    if (end.await(20, TimeUnit.SECONDS)) {
      waited.add("wait");
    }
    throw new ClientGoneException();
  }

  /// Takes as much of the memory for requests as is said, in tenths, and again.
  private void reserve(Exchange exchange) {
    exchange.body().values().forEach(tenths -> exchange.reserve(tenth() * tenths.asInt()));
    exchange.send(JsonText.object());
  }

  private static long tenth() {
    return Runtime.getRuntime().maxMemory() / 4 / 10;
  }

  /// Tells nothing for some milliseconds, and fails then.
  private void failAfterAWhile(Exchange exchange) throws InterruptedException {
    var body = exchange.body();
    if (body.path("lines").asBoolean(false)) {
      exchange.lines();
    } else {
      exchange.events();
    }
    Thread.sleep(body.path("millis").asInt());
    throw new IllegalArgumentException("`n` is odd");
  }

  private void flood(Exchange exchange) {
    var event = JsonText.object().put("text", "x".repeat(4000));
    exchange.body();
    var events = exchange.events();
    try {
      while (true) {
        events.send(event);
      }
    } catch (ClientGoneException broken) {
      flooded.add("flood");
      throw broken;
    }
  }

  @Override
  public ObjectNode error(ApiException error) {
    var body = JsonText.object().put("error", error.message());
    error.field().ifPresent(field -> body.put("field", field));
    return body;
  }
}
