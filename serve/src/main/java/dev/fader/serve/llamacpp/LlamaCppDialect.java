package dev.fader.serve.llamacpp;

import dev.fader.serve.body.ModelList;
import dev.fader.serve.http.ApiException;
import dev.fader.serve.http.Dialect;
import dev.fader.serve.http.JsonText;
import dev.fader.serve.http.Route;
import dev.fader.serve.model.ServedModels;
import java.util.List;
import java.util.function.Supplier;
import tools.jackson.databind.node.ObjectNode;

/// The interface of llama.cpp's server, as its documentation has it.
public final class LlamaCppDialect implements Dialect {
  private static final String METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

  private final Supplier<String> metrics;
  private final ModelList list;
  private final ModelRoutes models;
  private final TokenRoutes tokens;
  private final CompletionRoutes completions;
  private final EmbeddingRoute embeddings;
  private final RerankRoute rerank;
  private final AdapterRoutes adapters;

  /// @param metrics their text
  public LlamaCppDialect(ServedModels models, Supplier<String> metrics) {
    this.metrics = metrics;
    this.list = new ModelList(models);
    this.models = new ModelRoutes(models);
    this.tokens = new TokenRoutes(models);
    this.completions = new CompletionRoutes(models);
    this.embeddings = new EmbeddingRoute(models);
    this.rerank = new RerankRoute(models);
    this.adapters = new AdapterRoutes(models);
  }

  @Override
  public String name() {
    return "llama.cpp";
  }

  @Override
  public List<Route> routes() {
    return List.of(
        Route.get("/v1/health", models::health).opened(),
        Route.get("/models", list::handle),
        Route.get("/models/sse", models::events),
        Route.post("/models/load", models::load),
        Route.post("/models/unload", models::unload),
        Route.get("/props", models::properties),
        Route.get("/slots", models::slots),
        Route.post(
            "/slots/{id}",
            exchange -> {
              throw ModelRoutes.noPlaces();
            }),
        Route.get("/metrics", exchange -> exchange.send(METRICS_TYPE, metrics.get())),
        Route.post("/tokenize", tokens::tokenize),
        Route.post("/detokenize", tokens::detokenize),
        Route.post("/apply-template", tokens::applyTemplate),
        Route.post("/completion", completions::complete),
        Route.post("/infill", completions::infill),
        Route.post("/embedding", embeddings::embed),
        Route.post("/v1/rerank", rerank::rerank),
        Route.post("/v1/reranking", rerank::rerank),
        Route.get("/lora-adapters", adapters::list),
        Route.post("/lora-adapters", adapters::set));
  }

  @Override
  public ObjectNode error(ApiException error) {
    var told = JsonText.object();
    told.put("code", error.kind().status())
        .put("message", error.message())
        .put("type", type(error));
    error.field().ifPresent(field -> told.put("param", field));
    error.counts().forEach(told::put);
    var body = JsonText.object();
    body.set("error", told);
    return body;
  }

  private static String type(ApiException error) {
    if (error.code().filter("context_length_exceeded"::equals).isPresent()) {
      return "exceed_context_size_error";
    }
    return switch (error.kind()) {
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
}
