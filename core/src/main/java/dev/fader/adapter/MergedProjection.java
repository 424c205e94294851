package dev.fader.adapter;

import dev.fader.grad.Projection;
import dev.fader.grad.Tape;
import dev.fader.grad.Variable;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.tensor.Tensor;
import dev.fader.tensor.TensorArena;
import java.util.Optional;
import java.util.function.Function;

/// A copy of a projection in float32 that adapters are put into.
public final class MergedProjection {
  private final Kernels kernels;
  private final TensorArena arena;
  private final Matrix weight; // (out, in)
  private final Projection base;
  private Optional<Tensor> bias; // (out)

  /// @param weight float32, to be changed
  /// @param bias float32 (out), to be changed; a projection that has none may get one
  /// @param arena for what is needed besides
  public MergedProjection(
      Kernels kernels, TensorArena arena, Stored weight, Optional<Tensor> bias) {
    this.kernels = kernels;
    this.arena = arena;
    var stored = Matrix.of(weight.tensor);
    this.base = weight.base;
    this.weight = base.inputMajor() ? stored.transposed() : stored;
    this.bias = bias;
  }

  /// A matrix as it is stored.
  ///
  /// @param tensor (out, in), or (in, out) if the projection has it so
  /// @param base the projection before anything is put into it
  public record Stored(Tensor tensor, Projection base) {}

  /// The bias, if there is one now.
  public Optional<Tensor> bias() {
    return bias;
  }

  /// Adds `scale * left right` to the weight, for (out, rank) and (rank, in).
  void addProduct(Variable left, Variable right, float scale) {
    addWeight(tape -> tape.product(left, right, scale));
  }

  /// Adds what `delta` computes, (out, in), to the weight.
  void addWeight(Function<Tape, Variable> delta) {
    addWeight(Computed.once(kernels, arena, delta));
  }

  void addWeight(Variable delta) {
    var added = Matrix.of(delta.value());
    for (int row = 0; row < weight.rows(); row++) {
      for (int column = 0; column < weight.columns(); column++) {
        weight.set(row, column, weight.get(row, column) + added.get(row, column));
      }
    }
  }

  void addBias(Variable row, float scale) {
    var sum = bias.orElseGet(() -> arena.floats(weight.rows()));
    for (long i = 0; i < sum.elements(); i++) {
      sum.set(i, sum.get(i) + scale * row.value().get(i));
    }
    bias = Optional.of(sum);
  }

  /// Each row of a matrix times its factor, as another matrix.
  Variable withFactorsOfRows(Variable matrix, Variable factors) {
    var product = arena.allocate(matrix.value().type(), matrix.value().shape());
    kernels.elementwise().copy(Matrix.of(matrix.value()), Matrix.of(product));
    kernels
        .elementwise()
        .scaleRows(Matrix.of(product), factors.value().reshape(factors.value().elements()));
    return Variable.fixed(product);
  }

  void multiplyOutputs(Variable factors) {
    for (int row = 0; row < weight.rows(); row++) {
      float factor = factors.value().get(row);
      for (int column = 0; column < weight.columns(); column++) {
        weight.set(row, column, weight.get(row, column) * factor);
      }
      if (bias.isPresent()) {
        bias.get().set(row, bias.get().get(row) * factor);
      }
    }
  }

  void multiplyInputs(Variable factors) {
    for (int row = 0; row < weight.rows(); row++) {
      for (int column = 0; column < weight.columns(); column++) {
        weight.set(row, column, weight.get(row, column) * factors.value().get(column));
      }
    }
  }

  /// Multiplies each row by the factor with which DoRA gives the row of the model's weight and its
  /// own change the length that it learned, whatever was put into the weight before: as it does
  /// beside it. The bias of the model stays.
  void decompose(DecomposedAdapter adapter) {
    var norms = arena.floats(weight.rows());
    new DecomposedAdapter(adapter.direction(), adapter.magnitude(), norms).measure(kernels, base);
    for (int row = 0; row < weight.rows(); row++) {
      float factor = adapter.magnitude().value().get(row) / norms.get(row);
      for (int column = 0; column < weight.columns(); column++) {
        weight.set(row, column, weight.get(row, column) * factor);
      }
      if (bias.isPresent()) {
        float own = base.biasAt(row);
        bias.get().set(row, (bias.get().get(row) - own) * factor + own);
      }
    }
  }

  /// The weight reads `x R`: each block of its columns is multiplied by the transpose of R.
  void rotateInputs(Function<Tape, Variable> rotations) {
    var all = Matrix.of(Computed.once(kernels, arena, rotations).value());
    int size = all.columns();
    var rotated = arena.floats(Math.multiplyExact((long) weight.rows(), size));
    var block = Matrix.of(rotated.reshape(weight.rows(), size));
    for (int first = 0; first < weight.columns(); first += size) {
      var columns = weight.columns(first, size);
      var rotation = all.rows(first % all.rows(), size);
      kernels.product().multiply(columns, rotation.transposed(), block);
      for (int row = 0; row < weight.rows(); row++) {
        for (int column = 0; column < size; column++) {
          columns.set(row, column, block.get(row, column));
        }
      }
    }
  }
}
