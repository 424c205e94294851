package dev.fader.model;

import dev.fader.format.FormatException;
import tools.jackson.databind.node.ObjectNode;

/// One family of models: its dialect of `config.json` and the names of its weights. The decoder is
/// the same for all.
interface Family {
  /// `model_type` in its `config.json`.
  String name();

  /// Its class in transformers, the first of `architectures`.
  String architecture();

  /// What it calls its weights.
  WeightNames names();

  /// What its file says. Where a field is left out it has the value that its class in transformers
  /// gives it.
  ///
  /// @throws FormatException if a field is missing or wrong
  /// @throws ModelConfigException if fields contradict each other
  ModelConfig read(ConfigFields config) throws FormatException;

  /// Adds to `config` all fields that are not the same in every family.
  void write(ModelConfig model, ObjectNode config);
}
