package dev.fader.model.adapter;

import dev.fader.adapter.VectorAdapter;
import dev.fader.format.FormatException;
import dev.fader.grad.Variable;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import java.util.HashMap;
import tools.jackson.databind.node.ObjectNode;

/// VeRA: random matrices that all modules share, and learned factors (Kopiczko et al. 2024,
/// arXiv:2310.11454).
///
/// @param rank of the matrices
/// @param projections the random matrices
/// @param dropout of what A reads while training
/// @param firstFactor `d_initial`
public record VeraMethod(int rank, Projections projections, float dropout, float firstFactor)
    implements AdapterMethod {
  private static final String DOWN = "base_model.vera_A";
  private static final String UP = "base_model.vera_B";

  /// The random matrices.
  ///
  /// @param seed `projection_prng_key` of PyTorch's generator
  /// @param saved whether they are in the file, and need not be drawn again
  public record Projections(long seed, boolean saved) {}

  static VeraMethod read(AdapterFields fields) throws FormatException {
    return new VeraMethod(
        Ranks.rank(fields, "r", fields.integer("r", 1)),
        new Projections(fields.integer("projection_prng_key", 0), fields.flag("save_projection")),
        fields.dropout("vera_dropout"),
        (float) fields.number("d_initial"));
  }

  void write(ObjectNode json) {
    json.put("r", rank)
        .put("projection_prng_key", projections.seed)
        .put("save_projection", projections.saved)
        .put("vera_dropout", dropout);
    Ranks.put(json, "d_initial", decimal(firstFactor));
  }

  /// The shortest decimal of a float.
  private static double decimal(float value) {
    return Double.parseDouble(Float.toString(value));
  }

  void build(AdapterBuilder builder) {
    var config = builder.model();
    var modules = builder.projections(false);
    long in = modules.stream().mapToLong(module -> module.inputs(config)).max().orElseThrow();
    long out = modules.stream().mapToLong(module -> module.outputs(config)).max().orElseThrow();
    long seed = projections.seed;
    var down =
        matrix(builder, DOWN, Shape.of(rank, in), new InitialValue.Torch(seed, rank, in, false));
    var up = matrix(builder, UP, Shape.of(out, rank), new InitialValue.Torch(seed, rank, in, true));
    var downs = new HashMap<Long, Variable>();
    for (var module : modules) {
      long columns = module.inputs(config);
      long rows = module.outputs(config);
      var first = downs.computeIfAbsent(columns, count -> columns(builder, down, count));
      builder.beside(
          module,
          new VectorAdapter(
              first,
              rows(builder, up.value().slice(0, rows), module),
              builder.learned(
                  module,
                  VectorAdapter.RANKS,
                  Shape.of(rank),
                  new InitialValue.Constant(firstFactor)),
              builder.learnedOutputs(
                  module, VectorAdapter.OUTPUTS, Shape.of(rows), InitialValue.ZERO),
              new VectorAdapter.Scaling(1, dropout)));
    }
  }

  private Variable matrix(
      AdapterBuilder builder, String key, Shape shape, InitialValue.Torch random) {
    var numbers = builder.numbers();
    if (projections.saved) {
      return numbers.fixed(key, shape, random);
    }
    var tensor = numbers.scratch(shape);
    if (numbers.isReal()) {
      random.fill(tensor);
    }
    return Variable.fixed(tensor);
  }

  /// B as the outputs of a module are in memory.
  private static Variable rows(AdapterBuilder builder, Tensor rows, BaseModule module) {
    var order = builder.modules().order(module);
    if (order.isEmpty()) {
      return Variable.fixed(rows);
    }
    var ordered = builder.numbers().scratch(rows.shape());
    if (builder.numbers().isReal()) {
      order.get().toMemory(rows, ordered);
    }
    return Variable.fixed(ordered);
  }

  private Variable columns(AdapterBuilder builder, Variable whole, long count) {
    var shape = whole.value().shape();
    if (count == shape.dimension(1)) {
      return whole;
    }
    var part = builder.numbers().scratch(Shape.of(shape.dimension(0), count));
    if (builder.numbers().isReal()) {
      var row = new float[Math.toIntExact(count)];
      for (long i = 0; i < shape.dimension(0); i++) {
        whole.value().read(i * shape.dimension(1), row, 0, row.length);
        part.write(i * count, row, 0, row.length);
      }
    }
    return Variable.fixed(part);
  }
}
