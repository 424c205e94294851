package dev.fader.serve.anthropic;

import dev.fader.serve.http.ApiException;
import dev.fader.serve.http.Dialect;
import dev.fader.serve.http.EventStream;
import dev.fader.serve.http.JsonText;
import dev.fader.serve.http.Route;
import dev.fader.serve.model.ServedModels;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/// The interface of Anthropic.
public final class AnthropicDialect implements Dialect {
  private final List<Route> routes;

  /// @param models that are asked
  public AnthropicDialect(ServedModels models) {
    var messages = new Messages(models);
    this.routes =
        List.of(
            Route.post("/v1/messages", messages::answer),
            Route.post("/v1/messages/count_tokens", messages::count));
  }

  @Override
  public String name() {
    return "Anthropic";
  }

  @Override
  public List<Route> routes() {
    return routes;
  }

  @Override
  public boolean owns(String path) {
    return path.startsWith("/v1/messages") || path.startsWith("/messages");
  }

  @Override
  public ObjectNode error(ApiException error) {
    var json = JsonText.object().put("type", "error");
    json.putObject("error").put("type", type(error)).put("message", error.message());
    return json;
  }

  @Override
  public String ping() {
    return "event: ping\ndata: {\"type\": \"ping\"}\n\n";
  }

  @Override
  public void fail(EventStream stream, ApiException error) {
    stream.send("error", error(error));
  }

  private static String type(ApiException error) {
    return switch (error.kind()) {
      case INVALID, METHOD, MEDIA_TYPE, NOT_SUPPORTED -> "invalid_request_error";
      case UNAUTHENTICATED -> "authentication_error";
      case FORBIDDEN -> "permission_error";
      case NOT_FOUND -> "not_found_error";
      case TOO_LARGE -> "request_too_large";
      case BUSY -> "rate_limit_error";
      case TIMEOUT -> "timeout_error";
      case INTERNAL -> "api_error";
      case UNAVAILABLE -> "overloaded_error";
    };
  }
}
