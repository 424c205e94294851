package dev.fader.model.adapter;

import dev.fader.adapter.InputScaling;
import dev.fader.adapter.OutputScaling;
import dev.fader.format.FormatException;
import dev.fader.tensor.Shape;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/// (IA)³: factors of what projections give, or of what those of feed-forward networks read (Liu et
/// al. 2022, arXiv:2205.05638).
///
/// @param feedForward the modules whose input is scaled; names are ends of names here; empty for
///   those that peft takes
public record Ia3Method(Optional<ModuleSelection> feedForward) implements AdapterMethod {
  private static final String FEED_FORWARD = "feedforward_modules";

  static Ia3Method read(AdapterFields fields) throws FormatException {
    return new Ia3Method(fields.modules(FEED_FORWARD));
  }

  void write(ObjectNode json) {
    feedForward.ifPresent(selection -> selection.write(FEED_FORWARD, json));
  }

  void build(AdapterBuilder builder) {
    var config = builder.model();
    var one = new InitialValue.Constant(1);
    for (var module : builder.projections(false)) {
      if (isFeedForward(module.name(), config.family())) {
        var shape = Shape.of(1, module.inputs(config));
        var factors = builder.learned(module, OutputScaling.FACTORS, shape, one);
        builder.beside(module, new InputScaling(factors));
      } else {
        var shape = Shape.of(module.outputs(config), 1);
        var factors = builder.learnedOutputs(module, OutputScaling.FACTORS, shape, one);
        builder.beside(module, new OutputScaling(factors));
      }
    }
  }

  private boolean isFeedForward(String module, String family) {
    var selection =
        feedForward.orElseGet(() -> new ModuleSelection.Names(UsualTargets.feedForward(family)));
    return switch (selection) {
      case ModuleSelection.Names(var names) -> names.stream().anyMatch(module::endsWith);
      case ModuleSelection.Expression(var regex) -> new NamePattern(regex).matches(module);
      case ModuleSelection.AllLinear(), ModuleSelection.Usual() -> false;
    };
  }
}
