package dev.fader.app.studio.library;

import dev.fader.inspect.count.ModelFacts;
import dev.fader.inspect.count.ModelFiles;
import dev.fader.inspect.plan.RunningCount;
import dev.fader.inspect.tensor.ModelTensors;
import dev.fader.model.ModelConfigException;
import dev.fader.model.convert.WeightType;
import dev.fader.tensor.DType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/// What is known of a model by its headers, and what it needs to run.
///
/// @param parameters how many it has
/// @param type in which most bytes of its weights are stored
/// @param bytes that it takes to run, with keys and values for the context that `fader plan` takes,
///   if its family is known
record ModelNeed(long parameters, String type, OptionalLong bytes) {
  /// The longest context that is reckoned with, as `fader plan` does where none is given.
  private static final int LONGEST = 8192;

  /// Reads headers.
  ///
  /// @throws IOException if there is no model, or it is damaged
  static ModelNeed of(Path path) throws IOException {
    var facts = ModelFiles.read(path);
    try (var tensors = ModelTensors.open(path)) {
      var types = new HashMap<String, Long>();
      var known = new HashMap<String, DType>();
      for (var tensor : tensors.all()) {
        types.merge(tensor.entry().type(), tensor.entry().bytes(), Long::sum);
        tensor.type().ifPresent(type -> known.put(tensor.entry().type(), type));
      }
      var most =
          types.entrySet().stream()
              .max(Map.Entry.comparingByValue())
              .map(Map.Entry::getKey)
              .orElse("");
      return new ModelNeed(
          facts.count().trainable(), most, bytes(facts, Optional.ofNullable(known.get(most))));
    }
  }

  /// As much as a model of its shape that is all of one type, with the weights that there are.
  private static OptionalLong bytes(ModelFacts facts, Optional<DType> type) {
    if (facts.config().isEmpty() || type.isEmpty() || facts.bytes().isEmpty()) {
      return OptionalLong.empty();
    }
    try {
      var config = facts.config().get();
      var running =
          new RunningCount(config, new WeightType.Uniform(type.get()), DType.FLOAT16, true);
      var need = running.memory(Math.min(config.context(), LONGEST));
      double stored = facts.bytes().getAsLong() / running.weights().all();
      return OptionalLong.of(Math.round(need.weights() * stored + need.cache() + need.working()));
    } catch (ModelConfigException | ArithmeticException unknown) {
      return OptionalLong.empty();
    }
  }
}
