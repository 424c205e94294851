package dev.fader.serve.body;

import dev.fader.serve.http.Exchange;
import dev.fader.serve.http.JsonText;
import dev.fader.serve.model.ModelLease;
import dev.fader.serve.model.ServedModel;
import dev.fader.serve.model.ServedModels;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Instant;
import java.util.Locale;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// The models that can be asked, as OpenAI lists them, and what llama.cpp tells of each beside it.
public final class ModelList {
  private final ServedModels models;
  private final long created = System.currentTimeMillis() / 1000;

  /// @param models that are listed
  public ModelList(ServedModels models) {
    this.models = models;
  }

  /// Answers with the list.
  public void handle(Exchange exchange) {
    var body = JsonText.object().put("object", "list");
    var data = body.putArray("data");
    for (var model : models.models()) {
      data.add(described(model, model.name()));
      for (var adapter : model.adapters()) {
        data.add(described(model, model.name() + ":" + adapter.name()).put("parent", model.name()));
      }
    }
    models.forEachOpen(lease ->
        data.forEach(one -> {
          if (one.path("id").asString("").equals(lease.name())
              && one instanceof ObjectNode object) {
            object.set("meta", meta(lease));
          }
        }));
    body.put("has_more", false).put("first_id", id(data.path(0)));
    exchange.send(body.put("last_id", id(data.path(data.size() - 1))));
  }

  private static String id(JsonNode model) {
    return model.path("id").asString("");
  }

  private ObjectNode described(ServedModel model, String name) {
    var described =
        JsonText.object()
            .put("id", name)
            .put("object", "model")
            .put("created", created)
            .put("owned_by", "fader");
    putAnthropic(described, Instant.ofEpochSecond(created));
    var status = models.status(model.name()).name().toLowerCase(Locale.ROOT);
    described.putObject("status").put("value", status);
    return described;
  }

  /// Puts what Anthropic's interface has beside the id of a model, which it lists on the same
  /// route.
  public static void putAnthropic(ObjectNode model, Instant created) {
    model
        .put("type", "model")
        .put("display_name", model.path("id").asString(""))
        .put("created_at", created.toString());
  }

  private static ObjectNode meta(ModelLease lease) {
    var model = lease.serving().model();
    var config = model.config();
    var meta =
        JsonText.object()
            .put("n_vocab", config.vocabularySize())
            .put("n_ctx", lease.context())
            .put("n_ctx_train", config.context())
            .put("n_embd", config.width())
            .put("n_params", model.count().total());
    try {
      if (Files.isRegularFile(model.path())) {
        meta.put("size", Files.size(model.path()));
      }
    } catch (IOException gone) {
      return meta; // which is not asked for what the file is
    }
    return meta;
  }
}
