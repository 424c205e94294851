package dev.fader.serve.ollama;

import dev.fader.serve.http.ApiException;
import dev.fader.serve.http.Dialect;
import dev.fader.serve.http.JsonText;
import dev.fader.serve.http.Route;
import dev.fader.serve.model.ServedModels;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/// The interface of Ollama.
public final class OllamaDialect implements Dialect {
  private final List<Route> routes;

  /// @param models that are asked
  /// @param version of the server
  public OllamaDialect(ServedModels models, String version) {
    var writing = new Writing(models);
    var told = new ModelTags(models);
    var embeddings = new Embeddings(models);
    this.routes =
        List.of(
            Route.post("/api/chat", writing::chat),
            Route.post("/api/generate", writing::generate),
            Route.post("/api/embed", embeddings::embed),
            Route.post("/api/embeddings", embeddings::embedOne),
            Route.get("/api/tags", told::tags),
            Route.get("/api/ps", told::open),
            Route.post("/api/show", told::show),
            Route.get(
                "/api/version",
                exchange -> exchange.send(JsonText.object().put("version", version))));
  }

  @Override
  public String name() {
    return "Ollama";
  }

  @Override
  public List<Route> routes() {
    return routes;
  }

  @Override
  public boolean owns(String path) {
    return path.startsWith("/api/");
  }

  @Override
  public ObjectNode error(ApiException error) {
    return JsonText.object().put("error", error.message());
  }
}
