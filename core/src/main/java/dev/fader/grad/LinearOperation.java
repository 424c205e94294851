package dev.fader.grad;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.product.MatrixProduct;
import dev.fader.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/// `y = x W + b`, for one matrix or for several side by side in the columns of `y`.
final class LinearOperation implements Operation {
  private final Variable x; // (rows, in)
  private final List<Projection> projections;
  private final List<Matrix> matrices; // (in, out) each
  private final Variable y; // (rows, sum of outs)

  LinearOperation(Tape tape, Variable x, List<Projection> projections) {
    this.x = x;
    this.projections = projections;
    matrices = matrices(projections);
    int outputs = 0;
    boolean needsGradient = x.needsGradient();
    for (var projection : projections) {
      outputs += projection.outputs();
      needsGradient |= projection.weight().needsGradient();
    }
    this.y = tape.result(Shape.of(x.value().shape().dimension(0), outputs), needsGradient);
  }

  private static List<Matrix> matrices(List<Projection> projections) {
    var matrices = new ArrayList<Matrix>(projections.size());
    for (var projection : projections) {
      matrices.add(projection.matrix());
    }
    return matrices;
  }

  @Override
  public void forward(Tape tape) {
    var product = tape.kernels().product();
    var input = Matrix.of(x.value());
    var output = Matrix.of(y.value());
    boolean few = !y.needsGradient() && input.rows() <= MatrixProduct.FEW_ROWS;
    if (few) {
      product.multiply(input, matrices, output, input.rows());
    }
    int start = 0;
    for (int i = 0; i < matrices.size(); i++) {
      var projection = projections.get(i);
      var block = output.columns(start, projection.outputs());
      if (!few) {
        product.multiply(input, matrices.get(i), block);
      }
      if (projection.bias().isPresent()) {
        tape.kernels().elementwise().addRow(block, projection.bias().get().value());
      }
      start += projection.outputs();
    }
  }

  @Override
  public void backward(Tape tape) {
    var dy = Matrix.of(y.gradientToRead());
    int start = 0;
    for (var projection : projections) {
      var block = dy.columns(start, projection.outputs());
      backwardWeight(tape, projection, block);
      if (x.needsGradient()) {
        boolean add = x.hasGradient();
        var dx = Matrix.of(x.gradientToWrite(tape.workspace()));
        tape.kernels().product().multiply(block, projection.matrix().transposed(), dx, add);
      }
      start += projection.outputs();
    }
  }

  private void backwardWeight(Tape tape, Projection projection, Matrix dy) {
    var weight = projection.weight();
    if (weight.needsGradient()) {
      boolean add = weight.hasGradient();
      var dw = Matrix.of(weight.gradientToWrite(tape.workspace()));
      var input = Matrix.of(x.value());
      var product = tape.kernels().product();
      if (projection.inputMajor()) {
        product.multiply(input.transposed(), dy, dw, add);
      } else {
        product.multiply(dy.transposed(), input, dw, add);
      }
    }
    if (projection.bias().isPresent() && projection.bias().get().needsGradient()) {
      tape.kernels()
          .elementwise()
          .sumRows(dy, projection.bias().get().gradientToAddTo(tape.workspace()));
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
