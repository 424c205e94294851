package dev.fader.model.adapter;

import dev.fader.adapter.HadamardAdapter;
import dev.fader.format.FormatException;
import dev.fader.tensor.Shape;
import tools.jackson.databind.node.ObjectNode;

/// LoHa: the product, element by element, of two matrices of low rank (Hyeon-Woo et al. 2022,
/// arXiv:2108.06098).
///
/// @param ranks of both
public record LohaMethod(Ranks ranks) implements AdapterMethod {
  static LohaMethod read(AdapterFields fields) throws FormatException {
    return new LohaMethod(Ranks.read(fields, "alpha"));
  }

  void write(ObjectNode json) {
    ranks.write(json, "alpha");
  }

  void build(AdapterBuilder builder) {
    var config = builder.model();
    for (var module : builder.projections(true)) {
      int rank = ranks.rank(module.name());
      long in = module.inputs(config);
      var left = Shape.of(module.outputs(config), rank);
      var right = Shape.of(rank, in);
      var first =
          new HadamardAdapter.Factors(
              builder.learnedOutputs(module, "hada_w1_a", left, InitialValue.linear(rank)),
              builder.learned(module, "hada_w1_b", right, InitialValue.linear(in)));
      var second =
          new HadamardAdapter.Factors(
              builder.learnedOutputs(module, "hada_w2_a", left, InitialValue.linear(rank)),
              builder.learned(module, "hada_w2_b", right, InitialValue.ZERO));
      builder.beside(module, new HadamardAdapter(first, second, ranks.scale(module.name())));
    }
  }
}
