package dev.fader.app.studio.inspection;

import dev.fader.inspect.tensor.ModelTensors;
import dev.fader.kernel.Engine;
import dev.fader.serve.body.BodyFields;
import dev.fader.serve.http.ApiException;
import dev.fader.serve.model.ServedModels;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;

/// The files of served models, whether these are open or not.
record ModelFile(ServedModels models) {
  /// Something that reads files.
  @FunctionalInterface
  interface Reading<T> {
    T read() throws IOException;
  }

  /// Where the model is whose name is in a field.
  ///
  /// @throws ApiException if there is no such model
  Path path(BodyFields body, String field) {
    return models.find(Optional.of(body.requiredText(field))).path();
  }

  /// The tensors of the model that `model` names. The caller closes them.
  ///
  /// @throws ApiException if there is no such model, or its files are not as they should be
  @SuppressWarnings("MustBeClosedChecker") // the caller closes it
  ModelTensors open(BodyFields body) {
    var path = path(body, "model");
    return told(() -> ModelTensors.open(path));
  }

  /// Reads, and tells what is wrong with files in their words.
  ///
  /// @throws ApiException if something is
  static <T> T told(Reading<T> reading) {
    try {
      return reading.read();
    } catch (NoSuchFileException none) {
      throw because(
          ApiException.Kind.NOT_FOUND, none.getMessage() + ": no such file or directory", none);
    } catch (IOException failed) {
      throw because(ApiException.Kind.UNAVAILABLE, String.valueOf(failed.getMessage()), failed);
    }
  }

  private static ApiException because(ApiException.Kind kind, String message, IOException cause) {
    var error = new ApiException(kind, message);
    error.initCause(cause);
    return error;
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
