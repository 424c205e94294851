package dev.fader.model.family;

import dev.fader.format.FormatException;
import dev.fader.model.ModelConfig;
import dev.fader.model.ParameterNames;
import tools.jackson.databind.node.ObjectNode;

/// One family of models: how it writes `config.json`, and the names of its parameters. The decoder
/// is the same for all.
abstract class Family {
  private final String architecture;
  private final ParameterNames names;

  /// A family.
  ///
  /// @param name `model_type` in its `config.json`
  /// @param architecture its class in transformers, the first of `architectures`
  /// @param names of its parameters, or those of the family that it shares them with
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

  /// The model that a file describes. A field that is left out has the value that the family's
  /// class in transformers gives it.
  ///
  /// @throws FormatException if a field is missing or wrong
  /// @throws dev.fader.model.ModelConfigException if fields contradict each other
  abstract ModelConfig read(ConfigFields config) throws FormatException;

  /// Adds to `config` all fields that are not the same in every family.
  abstract void write(ModelConfig model, ObjectNode config);
}
