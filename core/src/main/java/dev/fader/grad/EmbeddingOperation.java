package dev.fader.grad;

import dev.fader.grad.EmbeddingTables.ReplacedRows;
import dev.fader.kernel.matrix.Floats;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.parallel.RowPass;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// `y[r] = scale * table[ids[r]] + positions[position of r]`, where some ids may have rows in
/// another table.
final class EmbeddingOperation implements Operation {
  private final TokenBlock tokens;
  private final EmbeddingTables tables;
  private final Variable y; // (rows, width)
  private final Optional<Variable> known; // (rows): memory of `ids`, if they are not the tokens'
  private final Tensor ids; // INT32 (rows): ids that are all in the table
  private final List<RowPass> ofTokens = new ArrayList<>();
  private final Optional<RowPass> ofPositions;

  EmbeddingOperation(Tape tape, TokenBlock tokens, EmbeddingTables tables) {
    this.tokens = tokens;
    this.tables = tables;
    var table = tables.tokens();
    var shape = Shape.of(tokens.rows(), table.value().shape().dimension(1));
    this.y = tape.result(shape, needsGradient());
    this.known =
        tables.replaced().isEmpty() && tables.unread() == 0
            ? Optional.empty()
            : Optional.of(tape.result(Shape.of(tokens.rows()), false));
    this.ids =
        known
            .filter(own -> !tape.counting())
            .map(own -> new Tensor(DType.INT32, own.value().shape(), own.value().segment()))
            .orElse(tokens.ids());
    var kernels = tape.kernels();
    var out = Matrix.of(y.value());
    ofTokens.add(kernels.embedding().embedding(ids, Matrix.of(table.value()), out));
    if (tables.scale() != 1) {
      ofTokens.add(kernels.elementwise().scaling(out, tables.scale()));
    }
    this.ofPositions =
        tables
            .positions()
            .map(rows ->
                kernels
                    .embedding()
                    .addingPositions(Matrix.of(rows.value()), tokens.positions(), out));
  }

  private boolean needsGradient() {
    boolean learns =
        tables.tokens().needsGradient()
            || tables.positions().map(Variable::needsGradient).orElse(false);
    for (var replaced : tables.replaced()) {
      learns |= replaced.rows().needsGradient();
    }
    return learns;
  }

  @Override
  public void forward(Tape tape) {
    if (known.isPresent()) {
      leaveOut();
    }
    for (int i = 0; i < ofTokens.size(); i++) {
      ofTokens.get(i).run();
    }
    for (int i = 0; i < tables.replaced().size(); i++) {
      replace(tables.replaced().get(i));
    }
    if (ofPositions.isPresent()) {
      ofPositions.get().run();
    }
  }

  /// Ids beyond the vocabulary that are replaced become the first, to be overwritten.
  private void leaveOut() {
    for (int row = 0; row < tokens.rows(); row++) {
      int id = Floats.id(tokens.ids(), row);
      int behind = id - tables.tokens().value().shape().size(0);
      boolean unread = behind >= 0 && behind < tables.unread();
      ids.segment().set(Floats.INT, (long) row << 2, unread || isReplaced(id) ? 0 : id);
    }
  }

  private boolean isReplaced(int id) {
    for (int i = 0; i < tables.replaced().size(); i++) {
      if (tables.replaced().get(i).row(id) >= 0) {
        return true;
      }
    }
    return false;
  }

  private void replace(ReplacedRows replaced) {
    var out = Matrix.of(y.value());
    var rows = Matrix.of(replaced.rows().value());
    for (int row = 0; row < out.rows(); row++) {
      int from = replaced.row(Floats.id(tokens.ids(), row));
      for (int column = 0; from >= 0 && column < out.columns(); column++) {
        out.set(row, column, replaced.scale() * rows.get(from, column));
      }
    }
  }

  @Override
  public void backward(Tape tape) {
    var kernels = tape.kernels();
    var dy = Matrix.of(y.gradientToWrite(tape.workspace()));
    var positions = tables.positions();
    if (positions.isPresent() && positions.get().needsGradient()) {
      kernels
          .embedding()
          .addPositionsBackward(
              dy, tokens.positions(), positions.get().gradientToAddTo(tape.workspace()));
    }
    for (var replaced : tables.replaced()) {
      backwardReplaced(tape, replaced, dy);
    }
    var table = tables.tokens();
    if (table.needsGradient()) {
      if (tables.scale() != 1) {
        kernels.elementwise().scale(dy, tables.scale());
      }
      kernels.embedding().embedBackward(ids, dy, table.gradientToAddTo(tape.workspace()));
    }
  }

  /// Moves the gradients of rows that were replaced to where those came from.
  private void backwardReplaced(Tape tape, ReplacedRows replaced, Matrix dy) {
    Optional<Matrix> gradient =
        replaced.rows().needsGradient()
            ? Optional.of(Matrix.of(replaced.rows().gradientToAddTo(tape.workspace())))
            : Optional.empty();
    for (int row = 0; row < dy.rows(); row++) {
      int into = replaced.row(Floats.id(tokens.ids(), row));
      for (int column = 0; into >= 0 && column < dy.columns(); column++) {
        if (gradient.isPresent()) {
          var sum = gradient.get();
          float slope = replaced.scale() * dy.get(row, column);
          sum.set(into, column, sum.get(into, column) + slope);
        }
        dy.set(row, column, 0);
      }
    }
  }

  @Override
  public Variable result() {
    return y;
  }

  @Override
  public List<Variable> owned() {
    return known.map(ids -> List.of(y, ids)).orElse(List.of(y));
  }

  @Override
  public List<Variable> gradients() {
    var written = new ArrayList<>(List.of(y));
    for (var replaced : tables.replaced()) {
      if (replaced.rows().needsGradient()) {
        written.add(replaced.rows());
      }
    }
    return written;
  }
}
