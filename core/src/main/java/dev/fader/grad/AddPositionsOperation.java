package dev.fader.grad;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.parallel.RowPass;
import java.util.List;

/// `y[r] = x[r] + table[first + position of r]`, in the memory of `x`.
final class AddPositionsOperation implements Operation {
  private final Variable x; // (rows, columns)
  private final TokenBlock tokens;
  private final PositionTable table;
  private final Variable y; // (rows, columns)
  private final RowPass forward;

  AddPositionsOperation(Tape tape, Variable x, TokenBlock tokens, PositionTable table) {
    this.x = x;
    this.tokens = tokens;
    this.table = table;
    this.y = tape.resultOver(x, x.needsGradient() || table.rows().needsGradient());
    var positions = table.positions(table.rows().value());
    this.forward =
        tape.kernels()
            .embedding()
            .addingPositions(Matrix.of(positions), tokens.positions(), Matrix.of(y.value()));
  }

  @Override
  public void forward(Tape tape) {
    forward.run();
  }

  @Override
  public void backward(Tape tape) {
    var rows = table.rows();
    if (rows.needsGradient()) {
      var gradient = table.positions(rows.gradientToAddTo(tape.workspace()));
      var dy = Matrix.of(y.gradientToRead());
      tape.kernels().embedding().addPositionsBackward(dy, tokens.positions(), gradient);
    }
    x.passGradientOf(y, tape);
  }

  @Override
  public void countBackward(Tape tape) {
    x.passGradientOf(y, tape);
  }

  @Override
  public Variable result() {
    return y;
  }

  @Override
  public List<Variable> gradients() {
    return List.of(x);
  }
}
