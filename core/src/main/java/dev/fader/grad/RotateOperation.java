package dev.fader.grad;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.parallel.RowPass;
import dev.fader.kernel.row.Rotation;

/// Queries and keys rotated by their positions, in place: what stands before them needs only their
/// gradient.
final class RotateOperation implements Operation.InPlace {
  private final Variable x; // (rows, queries | keys | values)
  private final Rotation rotation;
  private final TokenBlock tokens;
  private final int columns;
  private final RowPass forward;

  RotateOperation(Tape tape, Variable x, Rotation rotation, TokenBlock tokens, int columns) {
    this.x = x;
    this.rotation = rotation;
    this.tokens = tokens;
    this.columns = columns;
    var rotated = Matrix.of(x.value()).columns(0, columns); // (rows, queries | keys)
    this.forward = tape.kernels().embedding().rotating(rotation, tokens.positions(), rotated);
  }

  @Override
  public void forward(Tape tape) {
    forward.run();
  }

  @Override
  public void backward(Tape tape) {
    var gradient = Matrix.of(x.gradientToWrite(tape.workspace()));
    tape.kernels()
        .embedding()
        .rotate(rotation.inverted(), tokens.positions(), gradient.columns(0, columns));
  }

  @Override
  public Variable x() {
    return x;
  }
}
