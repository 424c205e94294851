package dev.fader.adapter;

import dev.fader.grad.Variable;
import dev.fader.kernel.Kernels;
import dev.fader.tensor.TensorArena;
import java.util.Optional;

/// Adapters for a projection whose outputs stand in another order than in the model that the
/// adapters were made for, as queries and keys do in GGUF files.
public final class OutputOrder {
  private final int[] from;
  private final Kernels kernels;
  private final TensorArena arena;

  /// @param kernels that compute what changes
  /// @param arena for the numbers in the other order
  /// @param from the output there of each output here
  public OutputOrder(Kernels kernels, TensorArena arena, int... from) {
    this.kernels = kernels;
    this.arena = arena;
    this.from = from.clone();
  }

  /// The adapter for the other order. A method that does not know single outputs becomes the matrix
  /// that it adds.
  public Adapter reordered(Adapter adapter) {
    return switch (adapter) {
      case LowRankAdapter lowRank -> reordered(lowRank);
      case DecomposedAdapter(var direction, var magnitude, var norms) ->
          new DecomposedAdapter(reordered(direction), rows(magnitude), norms);
      case AdaptiveLowRankAdapter(var down, var values, var up, float scale, float dropout) ->
          new AdaptiveLowRankAdapter(down, values, rows(up), scale, dropout);
      case VectorAdapter(var down, var up, var ranks, var outputs, var scaling) ->
          new VectorAdapter(down, rows(up), ranks, rows(outputs), scaling);
      case OutputScaling(var factors) -> new OutputScaling(rows(factors));
      case BiasAdapter(var bias, float scale) -> new BiasAdapter(rows(bias), scale);
      case HadamardAdapter(var first, var second, float scale) ->
          new HadamardAdapter(reordered(first), reordered(second), scale);
      case WeightDelta(var matrix) -> new WeightDelta(rows(matrix));
      case SwitchedAdapter(int number, var down, var values, var up, float scale) ->
          new SwitchedAdapter(number, down, values, rows(up), scale);
      case InputScaling scaling -> scaling;
      case OrthogonalAdapter orthogonal -> orthogonal;
      case KroneckerAdapter kronecker ->
          new WeightDelta(
              rows(Computed.once(kernels, arena, tape -> kronecker.delta(tape).orElseThrow())));
    };
  }

  private LowRankAdapter reordered(LowRankAdapter adapter) {
    Optional<Variable> bias = adapter.bias().map(this::rows);
    return new LowRankAdapter(
        adapter.down(), rows(adapter.up()), bias, adapter.scale(), adapter.dropout());
  }

  private HadamardAdapter.Factors reordered(HadamardAdapter.Factors factors) {
    return new HadamardAdapter.Factors(rows(factors.left()), factors.right());
  }

  /// A matrix (out, …) or a vector of outputs in the other order.
  public Variable rows(Variable variable) {
    var stored = variable.value();
    int width = Math.toIntExact(stored.elements() / from.length);
    var ordered = arena.allocate(stored.type(), stored.shape());
    var row = new float[width];
    for (int i = 0; i < from.length; i++) {
      stored.read((long) from[i] * width, row, 0, width);
      ordered.write((long) i * width, row, 0, width);
    }
    return Variable.fixed(ordered);
  }
}
