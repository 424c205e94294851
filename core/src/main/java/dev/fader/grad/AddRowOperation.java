package dev.fader.grad;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import java.util.List;

/// `y = z + scale * row` in some columns, in the memory of `z`.
final class AddRowOperation implements Operation {
  private final Variable z; // (rows, columns)
  private final int start;
  private final Variable row; // (width) or (1, width)
  private final float scale;
  private final Variable scaled; // (width)
  private final Variable y; // (rows, columns)
  private final Matrix into;

  AddRowOperation(Tape tape, Variable z, int start, Variable row, float scale) {
    this.z = z;
    this.start = start;
    this.row = row;
    this.scale = scale;
    this.scaled = tape.unfitted(Shape.of(row.value().elements()), false);
    this.y = tape.resultOver(z, z.needsGradient() || row.needsGradient());
    this.into = columns(Matrix.of(y.value()));
  }

  private Matrix columns(Matrix all) {
    return all.columns(start, Math.toIntExact(row.value().elements()));
  }

  @Override
  public void forward(Tape tape) {
    var elementwise = tape.kernels().elementwise();
    elementwise.copy(asRow(row.value()), asRow(scaled.value()));
    elementwise.scale(asRow(scaled.value()), scale);
    elementwise.addRow(into, scaled.value());
  }

  private static Matrix asRow(Tensor tensor) {
    return Matrix.of(tensor.withShape(Shape.of(1, tensor.elements())));
  }

  @Override
  public void backward(Tape tape) {
    if (row.needsGradient()) {
      var elementwise = tape.kernels().elementwise();
      var sum = scaled.value().zero();
      elementwise.sumRows(columns(Matrix.of(y.gradientToRead())), sum);
      elementwise.scale(asRow(sum), scale);
      var gradient = asRow(row.gradientToAddTo(tape.workspace()));
      elementwise.add(gradient, asRow(sum), gradient);
    }
    z.passGradientOf(y, tape);
  }

  @Override
  public void countBackward(Tape tape) {
    if (row.needsGradient()) {
      row.gradientToWrite(tape.workspace());
    }
    z.passGradientOf(y, tape);
  }

  @Override
  public Variable result() {
    return y;
  }

  @Override
  public List<Variable> owned() {
    return List.of(y, scaled);
  }

  @Override
  public List<Variable> gradients() {
    return List.of(row, z);
  }
}
