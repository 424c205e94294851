package dev.fader.kernel.product;

import dev.fader.kernel.matrix.Floats;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.parallel.Workers;
import java.util.ArrayDeque;
import java.util.Optional;

/// The products of a feed-forward network with few rows, where its activation has left many neurons
/// at exactly zero: only the rows of `up` and the columns of `down` of the other neurons are read
/// (Liu et al. 2023, arXiv:2310.17157; Song et al. 2024, arXiv:2402.05099).
///
/// The bits of a row depend neither on other rows nor on threads, nor on whether zeros are skipped:
/// an output is a chain over the neurons in order, to which a zero adds nothing. A neuron whose
/// gate is zero is zero even where its `up` overflows. Outputs are never -0.
public final class SparseProduct {
  /// Rows at most.
  public static final int MOST_ROWS = 16;

  /// Elements of a line of blocks that are decoded at a time.
  static final int PIECE = 2048;

  private final Workers workers;
  private final NeuronLoops loops;
  private final ArrayDeque<SparseRun> idle = new ArrayDeque<>();

  /// @param vectors whether to use the Vector API or the scalar reference
  public SparseProduct(Workers workers, boolean vectors) {
    this.workers = workers;
    this.loops = vectors ? new VectorNeurons() : new ScalarNeurons();
  }

  /// What is multiplied.
  ///
  /// @param x (rows, inputs)
  /// @param up (neurons, inputs), stored row by row, of a gated network
  /// @param hidden (rows, neurons): `f(gate)`, which becomes `f(gate) * up`, or `f(up)` of a
  ///   network without a gate
  /// @param down (neurons, outputs)
  /// @param output (rows, outputs)
  /// @param doubleRelu whether `up` goes through ReLU, too
  public record Operands(
      Matrix x,
      Optional<Matrix> up,
      Matrix hidden,
      NeuronMajor down,
      Matrix output,
      boolean doubleRelu) {
    public Operands {
      int rows = hidden.rows();
      Floats.require(output, rows, down.outputs(), "the output of a sparse product");
      Floats.require(hidden, rows, down.neurons(), "the neurons of a sparse product");
      if (rows > MOST_ROWS) {
        throw new IllegalArgumentException(
            "a sparse product of %d rows: up to %d are few".formatted(rows, MOST_ROWS));
      }
      if (up.isPresent()) {
        Floats.require(x, rows, up.get().columns(), "the input of a sparse product");
        if (up.get().rows() != down.neurons() || up.get().columnStride() != 1) {
          throw new IllegalArgumentException(
              "up is %d x %d, and must hold %d neurons row by row"
                  .formatted(up.get().rows(), up.get().columns(), down.neurons()));
        }
      }
    }
  }

  /// Computes the output, reading only what counts if `skip`.
  ///
  /// @return how many neurons of all rows together were not zero
  public long multiply(Operands operands, boolean skip) {
    var run = take(operands);
    try {
      return run.multiply(operands, skip);
    } finally {
      synchronized (idle) {
        idle.push(run);
      }
    }
  }

  private SparseRun take(Operands operands) {
    synchronized (idle) {
      var run = idle.poll();
      return run == null ? new SparseRun(workers, loops, operands) : run;
    }
  }
}
