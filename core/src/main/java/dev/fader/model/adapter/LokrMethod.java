package dev.fader.model.adapter;

import dev.fader.adapter.AdapterException;
import dev.fader.adapter.KroneckerAdapter;
import dev.fader.adapter.KroneckerAdapter.Factor;
import dev.fader.format.FormatException;
import dev.fader.tensor.Shape;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/// LoKr: the Kronecker product of two matrices, of which large ones are products of low rank (Yeh
/// et al. 2024, arXiv:2309.14859).
///
/// @param ranks of those products
/// @param decomposeBoth whether the first matrix may be such a product, too
/// @param factor near which the sizes of the first matrix are, -1 for near the root of the module's
public record LokrMethod(Ranks ranks, boolean decomposeBoth, int factor) implements AdapterMethod {
  private static final String BOTH = "decompose_both";
  private static final String FACTOR = "decompose_factor";

  static LokrMethod read(AdapterFields fields) throws FormatException {
    int factor = fields.integer(FACTOR, -1);
    if (factor == 0) {
      throw fields.wrong(FACTOR, "is 0, and must be -1 or at least 1");
    }
    return new LokrMethod(Ranks.read(fields, "alpha"), fields.flag(BOTH), factor);
  }

  void write(ObjectNode json) {
    ranks.write(json, "alpha");
    json.put(BOTH, decomposeBoth).put(FACTOR, factor);
  }

  void build(AdapterBuilder builder) {
    var config = builder.model();
    for (var module : builder.projections(true)) {
      if (builder.modules().order(module).isPresent()) {
        throw new AdapterException(
            "LOKR cannot change '%s' in a GGUF file of this family, whose rows have another order: use the model's directory"
                .formatted(module.name()));
      }
      int rank = ranks.rank(module.name());
      long in = module.inputs(config);
      long out = module.outputs(config);
      long firstIn = outer(in);
      long firstOut = outer(out);
      var outer = Shape.of(firstOut, firstIn);
      var inner = Shape.of(out / firstOut, in / firstIn);
      boolean split = decomposeBoth && isLarge(outer, rank);
      var first =
          split
              ? product(builder, module, "lokr_w1", outer, rank, InitialValue.ZERO)
              : whole(builder, module, "lokr_w1", outer, InitialValue.ZERO);
      var second =
          isLarge(inner, rank)
              ? product(builder, module, "lokr_w2", inner, rank, InitialValue.linear(rank))
              : whole(builder, module, "lokr_w2", inner, InitialValue.linear(inner.dimension(1)));
      builder.beside(module, new KroneckerAdapter(first, second, ranks.scale(module.name())));
    }
  }

  private static boolean isLarge(Shape shape, int rank) {
    return 2L * rank < Math.max(shape.dimension(0), shape.dimension(1));
  }

  private static Factor whole(
      AdapterBuilder builder, BaseModule module, String name, Shape shape, InitialValue initial) {
    return new Factor(builder.learned(module, name, shape, initial), Optional.empty());
  }

  private static Factor product(
      AdapterBuilder builder,
      BaseModule module,
      String name,
      Shape shape,
      int rank,
      InitialValue initial) {
    long columns = shape.dimension(1);
    return new Factor(
        builder.learned(module, name + "_a", Shape.of(shape.dimension(0), rank), initial),
        Optional.of(
            builder.learned(
                module, name + "_b", Shape.of(rank, columns), InitialValue.linear(columns))));
  }

  /// The outer one of two factors of a size: the given one if it divides, else the largest that is
  /// no larger and below the root, as LyCORIS searches it.
  long outer(long size) {
    if (factor > 0 && size % factor == 0) {
      return factor;
    }
    long most = factor == -1 ? size : factor;
    long low = 1;
    long high = size;
    while (low < high) {
      long next = low + 1;
      while (size % next != 0) {
        next++;
      }
      if (next + size / next > 1 + size || next > most) {
        break;
      }
      low = next;
      high = size / next;
    }
    return Math.min(low, high);
  }
}
