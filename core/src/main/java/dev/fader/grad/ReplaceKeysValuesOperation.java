package dev.fader.grad;

import dev.fader.kernel.matrix.Floats;
import dev.fader.kernel.matrix.Matrix;
import java.util.List;

/// `y = x`, but the keys and values of virtual tokens are learned ones, in the memory of `x`.
final class ReplaceKeysValuesOperation implements Operation {
  private final Variable x; // (rows, queries | keys | values)
  private final TokenBlock tokens;
  private final LearnedKeysValues learned;
  private final Variable y; // as x

  ReplaceKeysValuesOperation(Tape tape, Variable x, TokenBlock tokens, LearnedKeysValues learned) {
    this.x = x;
    this.tokens = tokens;
    this.learned = learned;
    this.y = tape.resultOver(x, x.needsGradient() || learned.rows().needsGradient());
  }

  @Override
  public void forward(Tape tape) {
    var out = Matrix.of(y.value());
    var rows = Matrix.of(learned.rows().value());
    for (int row = 0; row < out.rows(); row++) {
      int virtual = virtual(row);
      for (int column = 0; virtual >= 0 && column < learned.width(); column++) {
        out.set(row, learned.into() + column, rows.get(virtual, learned.from() + column));
      }
    }
  }

  /// Which virtual token a row is, -1 if it is none.
  private int virtual(int row) {
    int number = Floats.id(tokens.ids(), row) - learned.firstId();
    return number < learned.rows().value().shape().size(0) ? Math.max(-1, number) : -1;
  }

  /// Moves the gradients of what was replaced to where it came from.
  @Override
  public void backward(Tape tape) {
    var dy = Matrix.of(y.gradientToWrite(tape.workspace()));
    boolean learns = learned.rows().needsGradient();
    if (learns) {
      learned.rows().gradientToAddTo(tape.workspace());
    }
    for (int row = 0; row < dy.rows(); row++) {
      int virtual = virtual(row);
      for (int column = 0; virtual >= 0 && column < learned.width(); column++) {
        if (learns) {
          var sum = Matrix.of(learned.rows().gradientToWrite(tape.workspace()));
          int into = learned.from() + column;
          sum.set(virtual, into, sum.get(virtual, into) + dy.get(row, learned.into() + column));
        }
        dy.set(row, learned.into() + column, 0);
      }
    }
    x.passGradientOf(y, tape);
  }

  @Override
  public void countBackward(Tape tape) {
    y.gradientToWrite(tape.workspace());
    x.passGradientOf(y, tape);
  }

  @Override
  public Variable result() {
    return y;
  }

  @Override
  public List<Variable> gradients() {
    return List.of(y, x);
  }
}
