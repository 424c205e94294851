package dev.fader.grad;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.parallel.RowPass;
import dev.fader.tensor.Tensor;

/// `x` with other numbers in some of its rows and columns, in place. Nothing flows back to those
/// that were replaced.
final class ReplaceOperation implements Operation.InPlace {
  private final Variable x; // (any, any)
  private final int row;
  private final int column;
  private final Matrix values; // (rows, columns)
  private final RowPass forward;

  ReplaceOperation(Tape tape, Variable x, int row, int column, Tensor values) {
    this.x = x;
    this.row = row;
    this.column = column;
    this.values = Matrix.of(values);
    this.forward = tape.kernels().elementwise().copying(this.values, block(Matrix.of(x.value())));
  }

  private Matrix block(Matrix all) {
    return all.rows(row, values.rows()).columns(column, values.columns());
  }

  @Override
  public void forward(Tape tape) {
    forward.run();
  }

  @Override
  public void backward(Tape tape) {
    var gradient = block(Matrix.of(x.gradientToWrite(tape.workspace())));
    for (int r = 0; r < gradient.rows(); r++) {
      for (int c = 0; c < gradient.columns(); c++) {
        gradient.set(r, c, 0);
      }
    }
  }

  @Override
  public Variable x() {
    return x;
  }
}
