package dev.fader.inspect.count;

import dev.fader.format.FormatException;
import dev.fader.model.ModelConfig;
import java.util.Optional;
import java.util.OptionalLong;

/// A model as far as it can be known without loading it.
///
/// @param name what to call it
/// @param origin where this is known from
/// @param config what it is; empty if only its tensors' names are known
/// @param count its parameters
/// @param bytes what its weights take in their file; empty if there is none
public record ModelFacts(
    String name,
    String origin,
    Optional<ModelConfig> config,
    ModelCount count,
    OptionalLong bytes) {

  /// The same under another name.
  public ModelFacts named(String other) {
    return new ModelFacts(other, origin, config, count, bytes);
  }

  /// A model that is only described.
  public static ModelFacts of(String name, String origin, ModelConfig config) {
    return new ModelFacts(
        name, origin, Optional.of(config), ModelCount.of(config), OptionalLong.empty());
  }

  /// A model of the catalogue; empty if nothing but an estimate of its size is known.
  ///
  /// @throws FormatException if its family is not known
  public static Optional<ModelFacts> of(PublishedModel model) throws FormatException {
    return model.model().map(config -> of(model.name(), model.source(), config));
  }
}
