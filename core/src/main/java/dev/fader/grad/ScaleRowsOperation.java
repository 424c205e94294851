package dev.fader.grad;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.parallel.RowPass;
import dev.fader.tensor.Tensor;

/// Each row of `x` times a factor of its own, in place; for inference only.
final class ScaleRowsOperation implements Operation.InPlace {
  private final Variable x;
  private final RowPass forward;

  /// @param factors (rows), which may change from pass to pass
  /// @param scale of all of them
  ScaleRowsOperation(Tape tape, Variable x, Tensor factors, float scale) {
    this.x = x;
    this.forward = tape.kernels().elementwise().scalingRows(Matrix.of(x.value()), factors, scale);
  }

  @Override
  public void forward(Tape tape) {
    forward.run();
  }

  @Override
  public void backward(Tape tape) {
    throw new IllegalStateException("factors of single rows have no backward pass");
  }

  @Override
  public Variable x() {
    return x;
  }
}
