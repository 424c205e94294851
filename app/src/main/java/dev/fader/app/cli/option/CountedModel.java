package dev.fader.app.cli.option;

import dev.fader.model.adapter.AdapterCount;
import java.util.Optional;
import java.util.SequencedMap;

/// A model that was looked up, and what a method of tuning would train of it, if one was named.
public record CountedModel(ModelLookup.Found found, Optional<Tuned> tuned) {
  /// What a method trains.
  ///
  /// @param parts by module, those of all layers together; none where they cannot be told apart
  public record Tuned(
      String method, long parameters, SequencedMap<String, AdapterCount.Part> parts) {
    /// Of a model of `base` parameters: what learns stands beside them, or is among them.
    public long of(long base) {
      return method.startsWith("full") ? base : base + parameters;
    }
  }

  public String name() {
    return found.name();
  }
}
