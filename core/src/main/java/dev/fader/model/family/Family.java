package dev.fader.model.family;

import dev.fader.format.FormatException;
import dev.fader.model.ModelConfig;
import dev.fader.model.ParameterNames;
import tools.jackson.databind.node.ObjectNode;

/// A family of models: its dialect of `config.json`, and the names of its parameters.
abstract class Family {
  private final String architecture;
  private final ParameterNames names;

  /// A family.
  ///
  /// @param name `model_type` in its `config.json`
  /// @param architecture its class in transformers, the first of `architectures`
  /// @param names of its parameters, possibly those of another family
  Family(String name, String architecture, ParameterNames names) {
    this.architecture = architecture;
    this.names = names.forFamily(name);
  }

  final String name() {
    return names.family();
  }

  final String architecture() {
    return architecture;
  }

  final ParameterNames names() {
    return names;
  }

  /// The model that a file describes. Missing fields have the defaults of the family's class in
  /// transformers.
  ///
  /// @throws FormatException if a field is missing or wrong
  /// @throws dev.fader.model.ModelConfigException if fields contradict each other
  abstract ModelConfig read(ConfigFields config) throws FormatException;

  /// Adds the family-specific fields to `config`.
  abstract void write(ModelConfig model, ObjectNode config);
}
