package dev.fader.serve.openai;

import dev.fader.serve.body.ModelList;
import dev.fader.serve.http.ApiException;
import dev.fader.serve.http.Dialect;
import dev.fader.serve.http.Route;
import dev.fader.serve.model.ServedModels;
import java.util.List;
import tools.jackson.databind.node.ObjectNode;

/// The interface of OpenAI.
public final class OpenAiDialect implements Dialect {
  private final List<Route> routes;

  /// @param models that are asked
  public OpenAiDialect(ServedModels models) {
    var responses = new Responses(models);
    this.routes =
        List.of(
            Route.get("/v1/models", new ModelList(models)::handle),
            Route.get("/v1/models/{model}", new ModelRoute(models)::handle),
            Route.post("/v1/chat/completions", new ChatCompletions(models)::handle),
            Route.post("/v1/completions", new Completions(models)::handle),
            Route.post("/v1/embeddings", new Embeddings(models)::handle),
            Route.post("/v1/responses", responses::answer),
            Route.post("/v1/responses/input_tokens", responses::count));
  }

  @Override
  public String name() {
    return "OpenAI";
  }

  @Override
  public List<Route> routes() {
    return routes;
  }

  @Override
  public boolean owns(String path) {
    return path.startsWith("/v1/");
  }

  @Override
  public ObjectNode error(ApiException error) {
    return OpenAiErrors.json(error);
  }
}
