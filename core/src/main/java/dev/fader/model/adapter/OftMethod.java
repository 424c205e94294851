package dev.fader.model.adapter;

import dev.fader.adapter.OrthogonalAdapter;
import dev.fader.format.FormatException;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;

/// OFT: rotations of what projections read (Qiu et al. 2023, arXiv:2306.07280).
///
/// @param blocks `r`, how many blocks there are in a module; 0 if their size is given
/// @param blockSize columns of a block; 0 if their number is given
/// @param shared whether all blocks of a module have one rotation
/// @param terms `num_cayley_neumann_terms`; 0 for the Cayley transform itself
/// @param constraint `eps` of the constrained variant: how far from no rotation all of a module may
///   be; 0 without one
public record OftMethod(int blocks, int blockSize, boolean shared, int terms, double constraint)
    implements AdapterMethod {
  private static final String SERIES = "use_cayley_neumann";
  private static final String TERMS = "num_cayley_neumann_terms";
  private static final String SIZE = "oft_block_size";
  private static final int MOST_TERMS = 64;
  private static final double ROUNDING = 1e-6;

  static OftMethod read(AdapterFields fields) throws FormatException {
    int blocks = fields.integer("r", 0);
    int size = fields.integer(SIZE, 0);
    if ((blocks == 0) == (size == 0)) {
      throw fields.wrong(
          SIZE, "is %d beside an `r` of %d, and one of the two must be 0".formatted(size, blocks));
    }
    boolean series = fields.flag(SERIES);
    int terms = fields.integer(TERMS, 1);
    if (terms > MOST_TERMS) {
      throw fields.wrong(TERMS, "is %d, and must be at most %d".formatted(terms, MOST_TERMS));
    }
    return new OftMethod(
        blocks, size, fields.flag("block_share"), series ? terms : 0, constraint(fields));
  }

  private static double constraint(AdapterFields fields) throws FormatException {
    double distance = fields.number("eps");
    if (!fields.flag("coft")) {
      return 0;
    }
    if (distance <= 0) {
      throw fields.wrong("eps", "is %s, and must be above 0".formatted(distance));
    }
    return distance;
  }

  void write(ObjectNode json) {
    json.put("coft", constraint > 0);
    if (constraint > 0) {
      json.put("eps", constraint);
    }
    json.put("r", blocks).put(SIZE, blockSize).put("block_share", shared).put(SERIES, terms > 0);
    if (terms > 0) {
      json.put(TERMS, terms);
    }
  }

  void build(AdapterBuilder builder) {
    for (var module : builder.projections(false)) {
      long inputs = module.inputs(builder.model());
      long size = blockSize > 0 ? divisor(inputs, blockSize) : inputs / divisor(inputs, blocks);
      var shape = Shape.of(shared ? 1 : inputs / size, size * (size - 1) / 2);
      var skew = builder.learned(module, OrthogonalAdapter.SKEW, shape, InitialValue.ZERO);
      if (constraint > 0 && builder.numbers().isReal()) {
        constrain(skew.value());
      }
      builder.beside(
          module,
          new OrthogonalAdapter(skew, Math.toIntExact(size), seriesTerms(), Optional.empty()));
    }
  }

  /// Shortens what is too far from no rotation, as peft does before each pass.
  private void constrain(Tensor skew) {
    long blocks = skew.shape().dimension(0);
    double most = constraint / Math.sqrt((double) blocks);
    for (long block = 0; block < blocks; block++) {
      var above = skew.slice(block, 1).toArray();
      double squares = 0;
      for (float x : above) {
        squares += 2.0 * x * x; // each stands below the diagonal, too
      }
      double factor = most / Math.sqrt(squares);
      for (int i = 0; factor < 1 - ROUNDING && i < above.length; i++) {
        above[i] *= (float) factor;
      }
      skew.slice(block, 1).copyFrom(above);
    }
  }

  /// peft computes three terms like four: its third power is always there.
  private int seriesTerms() {
    return terms == 3 ? 4 : terms;
  }

  /// The divisor of `whole` that is nearest to `wanted`, the smaller of two.
  static long divisor(long whole, long wanted) {
    if (wanted >= whole) {
      return whole;
    }
    long above = wanted;
    while (whole % above != 0) {
      above++;
    }
    long below = wanted;
    while (below > 1 && whole % below != 0) {
      below--;
    }
    return wanted - below <= above - wanted ? below : above;
  }
}
