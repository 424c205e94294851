package dev.fader.grad;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.tensor.Shape;
import java.util.List;

/// Columns of several inputs side by side in another order; what no run sets is 0.
final class ArrangeOperation implements Operation {
  private final List<Variable> inputs; // (rows, any) each
  private final List<ColumnRun> runs;
  private final Variable y; // (rows, columns)
  private final List<Matrix> from; // by run
  private final List<Matrix> to; // by run

  ArrangeOperation(Tape tape, List<Variable> inputs, int columns, List<ColumnRun> runs) {
    this.inputs = inputs;
    this.runs = runs;
    boolean needsGradient = inputs.stream().anyMatch(Variable::needsGradient);
    long rows = inputs.getFirst().value().shape().dimension(0);
    this.y = tape.result(Shape.of(rows, columns), needsGradient);
    var out = Matrix.of(y.value());
    this.from =
        runs.stream()
            .map(
                run -> Matrix.of(inputs.get(run.source()).value()).columns(run.from(), run.count()))
            .toList();
    this.to = runs.stream().map(run -> out.columns(run.to(), run.count())).toList();
  }

  @Override
  public void forward(Tape tape) {
    y.value().zero();
    for (int run = 0; run < runs.size(); run++) {
      tape.kernels().elementwise().copy(from.get(run), to.get(run));
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
