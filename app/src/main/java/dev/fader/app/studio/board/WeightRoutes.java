package dev.fader.app.studio.board;

import dev.fader.app.studio.request.FileFailures;
import dev.fader.inspect.board.StoredEntries;
import dev.fader.inspect.tensor.ModelTensors;
import dev.fader.model.ModelConfig;
import dev.fader.serve.body.BodyFields;
import dev.fader.serve.http.Exchange;
import dev.fader.serve.http.JsonText;
import dev.fader.serve.http.Route;
import dev.fader.serve.model.ServedModels;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/// The single weights that a mix can put to another number, and where the file of the model has
/// them.
final class WeightRoutes {
  private static final int NUMBERS_OF_ONE = 16;

  private final ServedModels models;

  WeightRoutes(ServedModels models) {
    this.models = models;
  }

  List<Route> routes() {
    return List.of(Route.post(BoardRoutes.PATH + "board/weights", this::list));
  }

  private void list(Exchange exchange) throws InterruptedException {
    var body = BodyFields.of(exchange.body());
    try (var lease = models.lease(Optional.of(body.requiredText("model")))) {
      var config = lease.serving().model().config();
      var path = lease.model().path();
      exchange.send(FileFailures.told(() -> weights(exchange, config, path)));
    }
  }

  private static ObjectNode weights(Exchange exchange, ModelConfig config, Path path)
      throws IOException {
    try (var tensors = ModelTensors.open(path)) {
      exchange.reserve((long) NUMBERS_OF_ONE * JsonText.BYTES_OF_NUMBER * tensors.all().size());
      var answer = JsonText.object();
      var list = answer.putArray("weights");
      StoredEntries.of(config, tensors)
          .forEach((name, tensor) -> {
            var told = list.addObject().put("entry", name).put("tensor", tensor.entry().name());
            var shape = told.putArray("shape");
            tensor.entry().shape().forEach(shape::add);
          });
      return answer;
    }
  }
}
