package dev.fader.grad;

import dev.fader.grad.EmbeddingTables.ReplacedRows;
import dev.fader.kernel.matrix.Matrix;
import java.util.List;

/// A matrix of parameters in float32 with others added to it, and rows of their own for some
/// tokens: the head of a model that has adapters.
final class ChangedWeightOperation implements Operation {
  private final Variable weight; // (out, in)
  private final List<Variable> added; // (out, in) each
  private final List<ReplacedRows> replaced;
  private final Variable y; // (out, in)

  ChangedWeightOperation(
      Tape tape, Variable weight, List<Variable> added, List<ReplacedRows> replaced) {
    this.weight = weight;
    this.added = List.copyOf(added);
    this.replaced = List.copyOf(replaced);
    boolean learns = weight.needsGradient();
    for (var term : added) {
      learns |= term.needsGradient();
    }
    for (var rows : replaced) {
      learns |= rows.rows().needsGradient();
    }
    this.y = tape.unfitted(weight.value().shape(), learns);
  }

  @Override
  public void forward(Tape tape) {
    y.value().copyFrom(weight.value());
    var out = Matrix.of(y.value());
    for (var term : added) {
      tape.kernels().elementwise().add(out, Matrix.of(term.value()), out);
    }
    for (var rows : replaced) {
      var own = Matrix.of(rows.rows().value());
      for (int id = 0; id < out.rows(); id++) {
        if (rows.row(id) >= 0) {
          tape.kernels().elementwise().copy(own.rows(rows.row(id), 1), out.rows(id, 1));
        }
      }
    }
  }

  @Override
  public void backward(Tape tape) {
    var elementwise = tape.kernels().elementwise();
    var dy = Matrix.of(y.gradientToWrite(tape.workspace()));
    for (var rows : replaced) {
      for (int id = 0; id < dy.rows(); id++) {
        if (rows.row(id) >= 0) {
          if (rows.rows().needsGradient()) {
            var all = Matrix.of(rows.rows().gradientToAddTo(tape.workspace()));
            var gradient = all.rows(rows.row(id), 1);
            elementwise.add(gradient, dy.rows(id, 1), gradient);
          }
          elementwise.scale(dy.rows(id, 1), 0);
        }
      }
    }
    for (var term : added) {
      term.passGradientOf(y, tape);
    }
    weight.passGradientOf(y, tape);
  }

  @Override
  public void countBackward(Tape tape) {
    y.gradientToWrite(tape.workspace());
    for (var term : added) {
      term.passGradientOf(y, tape);
    }
    weight.passGradientOf(y, tape);
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
