package dev.fader.serve.llamacpp;

import dev.fader.serve.http.ApiException;
import dev.fader.serve.http.Dialect;
import dev.fader.serve.http.Exchange;
import dev.fader.serve.http.JsonText;
import dev.fader.serve.http.Route;
import dev.fader.serve.model.ServedModels;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/// The interface of llama.cpp's server, as its documentation has it.
public final class LlamaCppDialect implements Dialect {
  private final ServedModels models;
  private final long created = System.currentTimeMillis() / 1000;

  public LlamaCppDialect(ServedModels models) {
    this.models = models;
  }

  @Override
  public String name() {
    return "llama.cpp";
  }

  @Override
  public List<Route> routes() {
    return List.of(
        Route.get("/v1/health", this::health).opened(), Route.get("/v1/models", this::models));
  }

  @Override
  public ObjectNode error(ApiException error) {
    var told = JsonText.object();
    told.put("code", error.kind().status())
        .put("message", error.message())
        .put("type", type(error.kind()));
    error.field().ifPresent(field -> told.put("param", field));
    var body = JsonText.object();
    body.set("error", told);
    return body;
  }

  private static String type(ApiException.Kind kind) {
    return switch (kind) {
      case INVALID, METHOD, TIMEOUT, TOO_LARGE, MEDIA_TYPE -> "invalid_request_error";
      case UNAUTHENTICATED -> "authentication_error";
      case FORBIDDEN -> "permission_error";
      case NOT_FOUND -> "not_found_error";
      case BUSY -> "rate_limit_error";
      case INTERNAL -> "server_error";
      case NOT_SUPPORTED -> "not_supported_error";
      case UNAVAILABLE -> "unavailable_error";
    };
  }

  private void health(Exchange exchange) {
    exchange.send(JsonText.object().put("status", "ok"));
  }

  private void models(Exchange exchange) {
    var body = JsonText.object().put("object", "list");
    var data = body.putArray("data");
    for (var name : models.names()) {
      data.addObject()
          .put("id", name)
          .put("object", "model")
          .put("created", created)
          .put("owned_by", "fader");
    }
    exchange.send(body);
  }
}
