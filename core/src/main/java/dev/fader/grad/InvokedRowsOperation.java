package dev.fader.grad;

import dev.fader.kernel.matrix.Matrix;
import java.util.BitSet;

/// Rows of whole sequences times `scale` where an invocation was met, and zero before, in place.
final class InvokedRowsOperation implements Operation.InPlace {
  private final Variable x; // (rows, columns)
  private final TokenBlock tokens;
  private final Invocation invocation;
  private final float scale;
  private final BitSet invoked = new BitSet();

  InvokedRowsOperation(Variable x, TokenBlock tokens, Invocation invocation, float scale) {
    this.x = x;
    this.tokens = tokens;
    this.invocation = invocation;
    this.scale = scale;
  }

  @Override
  public void forward(Tape tape) {
    invoked.clear();
    var ids = tokens.ids();
    int row = 0;
    for (var some : tokens.sequences()) {
      for (int i = 0; i < some.count(); i++, row += some.time()) {
        int end = row + some.time();
        int start = invocation.last(index -> (int) ids.get(index), row, end);
        if (start >= 0) {
          invoked.set(start, end);
        }
      }
    }
    scale(tape, Matrix.of(x.value()));
  }

  private void scale(Tape tape, Matrix rows) {
    var elementwise = tape.kernels().elementwise();
    for (int row = 0; row < rows.rows(); ) {
      boolean on = invoked.get(row);
      int end =
          Math.min(rows.rows(), on ? invoked.nextClearBit(row) : nextInvoked(row, rows.rows()));
      elementwise.scale(rows.rows(row, end - row), on ? scale : 0);
      row = end;
    }
  }

  private int nextInvoked(int row, int end) {
    int next = invoked.nextSetBit(row);
    return next < 0 ? end : next;
  }

  @Override
  public void backward(Tape tape) {
    scale(tape, Matrix.of(x.gradientToWrite(tape.workspace())));
  }

  @Override
  public Variable x() {
    return x;
  }
}
