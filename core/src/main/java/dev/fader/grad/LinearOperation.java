package dev.fader.grad;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.parallel.RowPass;
import dev.fader.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/// `y = x W + b`, for one matrix or for several side by side in the columns of `y`.
final class LinearOperation implements Operation {
  private final Variable x; // (rows, in)
  private final List<Projection> projections;
  private final Variable y; // (rows, sum of outs)
  private final Matrix in;
  private final Matrix out;
  private final List<Matrix> weights = new ArrayList<>(); // (in, out) each
  private final List<Matrix> parts = new ArrayList<>(); // of out, by projection
  private final List<RowPass> biases = new ArrayList<>(); // of the projections that have one

  LinearOperation(Tape tape, Variable x, List<Projection> projections) {
    this.x = x;
    this.projections = projections;
    int outputs = 0;
    boolean needsGradient = x.needsGradient();
    for (var projection : projections) {
      outputs += projection.outputs();
      needsGradient |= projection.needsGradient();
    }
    this.y = tape.resultFrom(x, Shape.of(x.value().shape().dimension(0), outputs), needsGradient);
    this.in = Matrix.of(x.value());
    this.out = Matrix.of(y.value());
    int start = 0;
    for (var projection : projections) {
      weights.add(projection.matrix());
      var part = out.columns(start, projection.outputs());
      parts.add(part);
      var bias = projection.bias();
      if (bias.isPresent()) {
        biases.add(tape.kernels().elementwise().addingRow(part, bias.get().value()));
      }
      start += projection.outputs();
    }
  }

  @Override
  public void forward(Tape tape) {
    var product = tape.kernels().product();
    if (tape.isAutomatic() || y.isUnfitted()) {
      for (int i = 0; i < weights.size(); i++) {
        product.multiply(in, weights.get(i), parts.get(i));
      }
    } else {
      product.multiply(in, weights, out, tape.fewRows());
    }
    for (int i = 0; i < biases.size(); i++) {
      biases.get(i).run();
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
      var product = tape.kernels().product();
      if (projection.inputMajor()) {
        product.multiply(in.transposed(), dy, dw, add);
      } else {
        product.multiply(dy.transposed(), in, dw, add);
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
