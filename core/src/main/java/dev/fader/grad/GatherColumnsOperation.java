package dev.fader.grad;

import dev.fader.kernel.matrix.Floats;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.tensor.Shape;
import java.util.List;

/// `y[r] = scale * table[:, ids[r]]`, a row for each token; zeros for ids beyond the table.
final class GatherColumnsOperation implements Operation {
  private final TokenBlock tokens;
  private final Variable table; // (rank, vocabulary)
  private final float scale;
  private final Variable y; // (rows, rank)

  GatherColumnsOperation(Tape tape, TokenBlock tokens, Variable table, float scale) {
    this.tokens = tokens;
    this.table = table;
    this.scale = scale;
    long rank = table.value().shape().dimension(0);
    this.y = tape.result(Shape.of(tokens.rows(), rank), table.needsGradient());
  }

  @Override
  public void forward(Tape tape) {
    var from = Matrix.of(table.value());
    var out = Matrix.of(y.value());
    for (int row = 0; row < out.rows(); row++) {
      int id = Floats.id(tokens.ids(), row);
      for (int k = 0; k < out.columns(); k++) {
        out.set(row, k, id < from.columns() ? scale * from.get(k, id) : 0);
      }
    }
  }

  @Override
  public void backward(Tape tape) {
    var gradient = Matrix.of(table.gradientToAddTo(tape.workspace()));
    var dy = Matrix.of(y.gradientToRead());
    for (int row = 0; row < dy.rows(); row++) {
      int id = Floats.id(tokens.ids(), row);
      for (int k = 0; id < gradient.columns() && k < dy.columns(); k++) {
        gradient.set(k, id, gradient.get(k, id) + scale * dy.get(row, k));
      }
    }
  }

  @Override
  public Variable result() {
    return y;
  }

  @Override
  public List<Variable> gradients() {
    return List.of(table);
  }
}
