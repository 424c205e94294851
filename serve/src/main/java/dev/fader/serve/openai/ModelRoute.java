package dev.fader.serve.openai;

import dev.fader.serve.body.BodyFields;
import dev.fader.serve.body.ModelList;
import dev.fader.serve.http.ApiException;
import dev.fader.serve.http.Exchange;
import dev.fader.serve.http.JsonText;
import dev.fader.serve.model.ServedModels;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/// `GET /v1/models/{model}`: a model, or an adapter of it under a name of its own. The list of all
/// tells more.
final class ModelRoute {
  private final ServedModels models;

  ModelRoute(ServedModels models) {
    this.models = models;
  }

  void handle(Exchange exchange) {
    var name = exchange.variable();
    if (!models.names().contains(name)) {
      throw new ApiException(
              ApiException.Kind.NOT_FOUND,
              "there is no model %s: there is %s"
                  .formatted(
                      BodyFields.described(JsonText.object().stringNode(name)),
                      String.join(", ", models.names())))
          .at("model")
          .coded("model_not_found");
    }
    exchange.send(model(name));
  }

  private ObjectNode model(String name) {
    var path = models.find(Optional.of(name)).path();
    var created = ModelFingerprint.changed(path);
    var model =
        JsonText.object()
            .put("id", name)
            .put("object", "model")
            .put("created", created.getEpochSecond())
            .put("owned_by", "fader");
    ModelList.putAnthropic(model, created.truncatedTo(ChronoUnit.SECONDS));
    return model;
  }
}
