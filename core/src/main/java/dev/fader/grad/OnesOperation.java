package dev.fader.grad;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.tensor.Shape;
import java.util.List;

/// As many ones as rows and columns.
final class OnesOperation implements Operation {
  private final Variable y; // (rows, columns)

  OnesOperation(Tape tape, long rows, int columns) {
    this.y = tape.result(Shape.of(rows, columns), false);
  }

  @Override
  public void forward(Tape tape) {
    var ones = Matrix.of(y.value());
    for (int row = 0; row < ones.rows(); row++) {
      for (int column = 0; column < ones.columns(); column++) {
        ones.set(row, column, 1);
      }
    }
  }

  @Override
  public void backward(Tape tape) {}

  @Override
  public Variable result() {
    return y;
  }

  @Override
  public List<Variable> gradients() {
    return List.of();
  }
}
