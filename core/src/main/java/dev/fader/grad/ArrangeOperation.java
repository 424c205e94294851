package dev.fader.grad;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.parallel.RowPass;
import dev.fader.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/// Columns of several inputs side by side in another order; what no run sets is 0.
final class ArrangeOperation implements Operation {
  private final List<Variable> inputs; // (rows, any) each
  private final List<ColumnRun> runs;
  private final Variable y; // (rows, columns)
  private final List<RowPass> copies = new ArrayList<>(); // by run

  ArrangeOperation(Tape tape, List<Variable> inputs, int columns, List<ColumnRun> runs) {
    this.inputs = inputs;
    this.runs = runs;
    boolean needsGradient = inputs.stream().anyMatch(Variable::needsGradient);
    long rows = inputs.getFirst().value().shape().dimension(0);
    this.y = tape.result(Shape.of(rows, columns), needsGradient);
    var out = Matrix.of(y.value());
    for (var run : runs) {
      var from = Matrix.of(inputs.get(run.source()).value()).columns(run.from(), run.count());
      copies.add(tape.kernels().elementwise().copying(from, out.columns(run.to(), run.count())));
    }
  }

  @Override
  public void forward(Tape tape) {
    y.value().zero();
    for (int run = 0; run < copies.size(); run++) {
      copies.get(run).run();
    }
  }

  /// A column that was used twice gets both gradients.
  @Override
  public void backward(Tape tape) {
    var dy = Matrix.of(y.gradientToRead());
    for (var run : runs) {
      var input = inputs.get(run.source());
      if (input.needsGradient()) {
        var dx = Matrix.of(input.gradientToAddTo(tape.workspace()));
        var into = dx.columns(run.from(), run.count());
        tape.kernels().elementwise().add(into, dy.columns(run.to(), run.count()), into);
      }
    }
  }

  @Override
  public Variable result() {
    return y;
  }

  @Override
  public List<Variable> gradients() {
    return inputs;
  }
}
