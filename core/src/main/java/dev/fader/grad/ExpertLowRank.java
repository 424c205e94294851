package dev.fader.grad;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.tensor.Shape;
import java.util.List;

/// A low-rank change of one projection of each expert: `y += scale * B_e (A_e x)`.
///
/// @param down A_e, one below the other: (experts * rank, in)
/// @param up B_e, one below the other: (experts * outputs of the parameter, rank)
/// @param experts how many
/// @param firstOutput the first of the outputs of the parameter that are those of this projection
public record ExpertLowRank(Variable down, Variable up, int experts, int firstOutput, float scale) {
  private int rank() {
    return up.value().shape().size(1);
  }

  boolean needsGradient() {
    return down.needsGradient() || up.needsGradient();
  }

  private Matrix down(Matrix all, int expert) {
    return all.rows(expert * rank(), rank()); // (rank, in)
  }

  private Matrix up(Matrix all, int expert, int outputs) {
    return all.rows(expert * (all.rows() / experts) + firstOutput, outputs); // (outputs, rank)
  }

  /// The rows of one expert.
  ///
  /// @param in (rows, in)
  /// @param out (rows, outputs), or its gradient
  /// @param few how many of the rows are few
  record Rows(int expert, Matrix in, Matrix out, int few) {}

  /// Adds to the results of an expert what its change comes to.
  void forward(Tape tape, Rows rows) {
    var narrow = tape.workspace().takeUnfitted(Shape.of(rows.in.rows(), rank()));
    var left = Matrix.of(narrow.tensor());
    narrow(tape, rows, left);
    var wide = tape.workspace().takeUnfitted(Shape.of(rows.in.rows(), rows.out.columns()));
    var product = Matrix.of(wide.tensor());
    var b = up(Matrix.of(up.value()), rows.expert, rows.out.columns()).transposed();
    multiply(tape, left, b, product, rows.few);
    tape.kernels().elementwise().add(rows.out, product, rows.out);
    tape.workspace().giveBack(wide);
    tape.workspace().giveBack(narrow);
  }

  private void narrow(Tape tape, Rows rows, Matrix narrow) {
    var a = down(Matrix.of(down.value()), rows.expert).transposed();
    multiply(tape, rows.in, a, narrow, rows.few);
    tape.kernels().elementwise().scale(narrow, scale);
  }

  private static void multiply(Tape tape, Matrix a, Matrix b, Matrix c, int few) {
    var product = tape.kernels().product();
    if (tape.isAutomatic()) {
      product.multiply(a, b, c);
    } else {
      product.multiply(a, List.of(b), c, few);
    }
  }

  /// Adds to the gradients of what is learned, and to `dx` (rows, in).
  ///
  /// @param rows whose `out` is the gradient of the results
  void backward(Tape tape, Rows rows, Matrix dx) {
    var product = tape.kernels().product();
    int outputs = rows.out.columns();
    var slope = tape.workspace().takeUnfitted(Shape.of(rows.in.rows(), rank()));
    var dNarrow = Matrix.of(slope.tensor());
    product.multiply(rows.out, up(Matrix.of(up.value()), rows.expert, outputs), dNarrow);
    tape.kernels().elementwise().scale(dNarrow, scale);
    product.multiply(dNarrow, down(Matrix.of(down.value()), rows.expert), dx, true);
    if (down.needsGradient()) {
      var gradient = down(Matrix.of(down.gradientToAddTo(tape.workspace())), rows.expert);
      product.multiply(dNarrow.transposed(), rows.in, gradient, true);
    }
    if (up.needsGradient()) {
      narrow(tape, new Rows(rows.expert, rows.in, rows.out, 0), dNarrow);
      var gradient = up(Matrix.of(up.gradientToAddTo(tape.workspace())), rows.expert, outputs);
      product.multiply(rows.out.transposed(), dNarrow, gradient, true);
    }
    tape.workspace().giveBack(slope);
  }
}
