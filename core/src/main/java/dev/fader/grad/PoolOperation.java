package dev.fader.grad;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.tensor.Shape;
import java.util.List;

/// A row for each sequence: the mean of some of its rows.
final class PoolOperation implements Operation {
  private final Variable x; // (rows, width)
  private final List<RowRange> ranges;
  private final Variable y; // (ranges, width)

  PoolOperation(Tape tape, Variable x, List<RowRange> ranges) {
    this.x = x;
    this.ranges = List.copyOf(ranges);
    var shape = Shape.of(ranges.size(), x.value().shape().dimension(1));
    this.y = tape.unfitted(shape, x.needsGradient());
  }

  @Override
  public void forward(Tape tape) {
    var elementwise = tape.kernels().elementwise();
    var in = Matrix.of(x.value());
    for (int i = 0; i < ranges.size(); i++) {
      var range = ranges.get(i);
      var out = Matrix.of(y.value()).rows(i, 1);
      elementwise.copy(in.rows(range.first(), 1), out);
      for (int row = range.first() + 1; row < range.end(); row++) {
        elementwise.add(out, in.rows(row, 1), out);
      }
      elementwise.scale(out, 1f / (range.end() - range.first()));
    }
  }

  @Override
  public void backward(Tape tape) {
    var elementwise = tape.kernels().elementwise();
    var dx = Matrix.of(x.gradientToAddTo(tape.workspace()));
    var dy = Matrix.of(y.gradientToWrite(tape.workspace()));
    for (int i = 0; i < ranges.size(); i++) {
      var range = ranges.get(i);
      var slope = dy.rows(i, 1);
      elementwise.scale(slope, 1f / (range.end() - range.first()));
      for (int row = range.first(); row < range.end(); row++) {
        elementwise.add(dx.rows(row, 1), slope, dx.rows(row, 1));
      }
    }
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
