package dev.fader.grad;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.parallel.RowPass;
import dev.fader.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// `y[r] = scale * table[ids[r]] + positions[position of r]`.
final class EmbeddingOperation implements Operation {
  private final TokenBlock tokens;
  private final Variable table; // (vocabulary, width)
  private final Optional<Variable> positions; // (context, width)
  private final float scale;
  private final Variable y; // (rows, width)
  private final List<RowPass> forward = new ArrayList<>();

  EmbeddingOperation(
      Tape tape, TokenBlock tokens, Variable table, Optional<Variable> positions, float scale) {
    this.tokens = tokens;
    this.table = table;
    this.positions = positions;
    this.scale = scale;
    this.y =
        tape.result(
            Shape.of(tokens.rows(), table.value().shape().dimension(1)),
            table.needsGradient() || positions.map(Variable::needsGradient).orElse(false));
    var kernels = tape.kernels();
    var out = Matrix.of(y.value());
    forward.add(kernels.embedding().embedding(tokens.ids(), Matrix.of(table.value()), out));
    if (scale != 1) {
      forward.add(kernels.elementwise().scaling(out, scale));
    }
    if (positions.isPresent()) {
      var rows = Matrix.of(positions.get().value());
      forward.add(kernels.embedding().addingPositions(rows, tokens.positions(), out));
    }
  }

  @Override
  public void forward(Tape tape) {
    for (int i = 0; i < forward.size(); i++) {
      forward.get(i).run();
    }
  }

  @Override
  public void backward(Tape tape) {
    var kernels = tape.kernels();
    var dy = Matrix.of(y.gradientToWrite(tape.workspace()));
    if (positions.isPresent() && positions.get().needsGradient()) {
      kernels
          .embedding()
          .addPositionsBackward(
              dy, tokens.positions(), positions.get().gradientToAddTo(tape.workspace()));
    }
    if (table.needsGradient()) {
      if (scale != 1) {
        kernels.elementwise().scale(dy, scale);
      }
      kernels.embedding().embedBackward(tokens.ids(), dy, table.gradientToAddTo(tape.workspace()));
    }
  }

  @Override
  public Variable result() {
    return y;
  }

  @Override
  public List<Variable> gradients() {
    return List.of(y);
  }
}
