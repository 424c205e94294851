package dev.fader.app.studio.inspection;

import dev.fader.app.studio.request.FileFailures;
import dev.fader.inspect.difference.TurnedModel;
import dev.fader.inspect.tensor.ModelTensors;
import dev.fader.kernel.Engine;
import dev.fader.serve.body.BodyFields;
import dev.fader.serve.http.ApiException;
import dev.fader.serve.model.ServedModels;
import java.nio.file.Path;
import java.util.Optional;

/// The files of served models, whether these are open or not.
record ModelFile(ServedModels models) {
  /// Where the model is whose name is in a field.
  ///
  /// @throws ApiException if there is no such model
  Path path(BodyFields body, String field) {
    return models.find(Optional.of(body.requiredText(field))).path();
  }

  /// The model whose name is in a field, with the adapter that the name asks for and the faders
  /// that are turned for all its requests.
  ///
  /// @throws ApiException if there is no such model
  TurnedModel turned(BodyFields body, String field) {
    var name = Optional.of(body.requiredText(field));
    var model = models.find(name);
    return new TurnedModel(model.path(), models.adapters(name), model.mix());
  }

  /// The tensors of the model that `model` names. The caller closes them.
  ///
  /// @throws ApiException if there is no such model, or its files are not as they should be
  @SuppressWarnings("MustBeClosedChecker") // the caller closes it
  ModelTensors open(BodyFields body) {
    var path = path(body, "model");
    return FileFailures.told(() -> ModelTensors.open(path));
  }

  /// How many threads read.
  int threads() {
    return models.policy().opening().threads();
  }

  /// Threads to read with, and an account of memory. The caller closes it.
  @SuppressWarnings("MustBeClosedChecker") // the caller closes it
  Engine engine() {
    return new Engine(threads(), models.policy().opening().memoryBytes());
  }
}
