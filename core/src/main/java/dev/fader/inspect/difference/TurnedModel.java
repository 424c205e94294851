package dev.fader.inspect.difference;

import dev.fader.model.file.AdapterSource;
import dev.fader.model.mix.Mix;
import java.nio.file.Path;
import java.util.List;

/// A model to compare, with what is beside its weights.
///
/// @param path of its directory or file
/// @param adapters whose effect is part of the comparison, in their order
/// @param mix of which the same holds
public record TurnedModel(Path path, List<AdapterSource> adapters, Mix mix) {
  public TurnedModel {
    adapters = List.copyOf(adapters);
  }

  /// A model as its files have it.
  public static TurnedModel of(Path path) {
    return new TurnedModel(path, List.of(), Mix.NEUTRAL);
  }

  /// Whether it is no more than its files.
  boolean isPlain() {
    return adapters.isEmpty() && mix.equals(Mix.NEUTRAL);
  }
}
