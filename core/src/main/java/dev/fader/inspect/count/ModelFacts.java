package dev.fader.inspect.count;

import dev.fader.format.FormatException;
import dev.fader.model.ModelConfig;
import java.util.Optional;
import java.util.OptionalLong;

/// What can be known about a model without loading it.
///
/// @param name for display
/// @param origin the source of the information
/// @param config its configuration; empty if only the names of its tensors are known
/// @param count its parameters
/// @param bytes the size of the weights in the file; empty without a file
public record ModelFacts(
    String name,
    String origin,
    Optional<ModelConfig> config,
    ModelCount count,
    OptionalLong bytes) {

  /// A copy under another name.
  public ModelFacts named(String other) {
    return new ModelFacts(other, origin, config, count, bytes);
  }

  /// A model of which only the configuration is known.
  public static ModelFacts of(String name, String origin, ModelConfig config) {
    return new ModelFacts(
        name, origin, Optional.of(config), ModelCount.of(config), OptionalLong.empty());
  }

  /// A model of the catalogue; empty if only an estimate of its size is known.
  ///
  /// @throws FormatException if its family is unknown
  public static Optional<ModelFacts> of(PublishedModel model) throws FormatException {
    return model.model().map(config -> of(model.name(), model.source(), config));
  }
}
