package dev.fader.grad;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.row.Rotation;
import java.util.List;

/// Queries and keys turned by their positions, in place: what stands before them needs only their
/// gradient.
final class RotateOperation implements Operation {
  private final Rotation rotation;
  private final Variable x; // (batch * time, queries | keys | values)
  private final int columns; // of queries and keys

  RotateOperation(Variable x, Rotation rotation, int columns) {
    this.rotation = rotation;
    this.x = x;
    this.columns = columns;
  }

  @Override
  public void forward(Tape tape) {
    tape.kernels().embedding().rotate(rotation, Matrix.of(x.value()).columns(0, columns));
  }

  @Override
  public void backward(Tape tape) {
    var gradient = Matrix.of(x.gradientToWrite(tape.workspace()));
    tape.kernels().embedding().rotate(rotation.inverted(), gradient.columns(0, columns));
  }

  @Override
  public Variable result() {
    return x;
  }

  @Override
  public List<Variable> owned() {
    return List.of();
  }

  @Override
  public List<Variable> gradients() {
    return List.of(x);
  }
}
