package dev.fader.grad;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.parallel.RowPass;
import dev.fader.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/// `y = x`, but some columns times a factor of their own each, in all rows or in groups of them.
final class MultiplyColumnsOperation implements Operation {
  private final Variable x; // (rows, columns)
  private final int start;
  private final Variable factors; // (groups, columns that are multiplied), in any shape
  private final int groups; // of as many rows each
  private final Variable y; // (rows, columns)
  private final List<RowPass> forward;

  /// What columns are multiplied with.
  ///
  /// @param values (groups, columns), in any shape
  /// @param groups of as many rows each, one behind the other
  /// @param start the first column
  record Factors(Variable values, int groups, int start) {}

  MultiplyColumnsOperation(Tape tape, Variable x, Factors factors) {
    this.x = x;
    this.start = factors.start;
    this.factors = factors.values;
    this.groups = factors.groups;
    this.y = tape.result(x.value().shape(), x.needsGradient() || this.factors.needsGradient());
    var elementwise = tape.kernels().elementwise();
    var out = Matrix.of(y.value());
    this.forward = new ArrayList<>();
    forward.add(elementwise.copying(Matrix.of(x.value()), out));
    for (int group = 0; group < groups; group++) {
      forward.add(elementwise.multiplyingRow(part(out, group), row(this.factors.value(), group)));
    }
  }

  /// What the factors of a group multiply.
  private Matrix part(Matrix all, int group) {
    int rows = all.rows() / groups;
    int count = Math.toIntExact(factors.value().elements() / groups);
    return all.rows(group * rows, rows).columns(start, count);
  }

  private Tensor row(Tensor all, int group) {
    return groups == 1
        ? all
        : all.reshape(groups, all.elements() / groups)
            .slice(group, 1)
            .reshape(all.elements() / groups);
  }

  @Override
  public void forward(Tape tape) {
    for (int i = 0; i < forward.size(); i++) {
      forward.get(i).run();
    }
  }

  @Override
  public void backward(Tape tape) {
    var elementwise = tape.kernels().elementwise();
    var dy = Matrix.of(y.gradientToWrite(tape.workspace()));
    if (factors.needsGradient()) {
      var sums = factors.gradientToAddTo(tape.workspace());
      var values = Matrix.of(x.value());
      for (int group = 0; group < groups; group++) {
        elementwise.sumProducts(part(dy, group), part(values, group), row(sums, group));
      }
    }
    for (int group = 0; group < groups; group++) {
      elementwise.multiplyRow(part(dy, group), row(factors.value(), group));
    }
    x.passGradientOf(y, tape);
  }

  @Override
  public void countBackward(Tape tape) {
    y.gradientToWrite(tape.workspace());
    if (factors.needsGradient()) {
      factors.gradientToWrite(tape.workspace());
    }
    x.passGradientOf(y, tape);
  }

  @Override
  public Variable result() {
    return y;
  }

  @Override
  public List<Variable> gradients() {
    return List.of(y, factors, x);
  }
}
