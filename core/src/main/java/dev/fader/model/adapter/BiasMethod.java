package dev.fader.model.adapter;

import dev.fader.adapter.BiasAdapter;
import dev.fader.tensor.Shape;

/// BEFT: a bias beside projections (arXiv:2509.15974).
///
/// @param zero whether it begins with zeros, so that nothing changes at first
public record BiasMethod(boolean zero) implements AdapterMethod {
  void build(AdapterBuilder builder) {
    for (var module : builder.projections(false)) {
      var shape = Shape.of(1, module.outputs(builder.model()));
      var initial = zero ? InitialValue.ZERO : new InitialValue.Normal(1);
      builder.beside(
          module,
          new BiasAdapter(builder.learnedOutputs(module, BiasAdapter.BIAS, shape, initial), 1));
    }
  }
}
