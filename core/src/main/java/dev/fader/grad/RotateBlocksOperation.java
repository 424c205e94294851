package dev.fader.grad;

import dev.fader.kernel.matrix.Matrix;
import java.util.List;

/// `y = x R`, block by block of the columns, with one matrix for each block or one for all.
final class RotateBlocksOperation implements Operation {
  private final Variable x; // (rows, blocks * size)
  private final Variable rotations; // (blocks * size, size) or (size, size)
  private final Variable y; // as x

  RotateBlocksOperation(Tape tape, Variable x, Variable rotations) {
    this.x = x;
    this.rotations = rotations;
    this.y = tape.result(x.value().shape(), x.needsGradient() || rotations.needsGradient());
  }

  private int size() {
    return rotations.value().shape().size(1);
  }

  private int blocks() {
    return x.value().shape().size(1) / size();
  }

  private Matrix rotation(Matrix all, int block) {
    return all.rows(block * size() % all.rows(), size());
  }

  private Matrix columns(Matrix all, int block) {
    return all.columns(block * size(), size());
  }

  @Override
  public void forward(Tape tape) {
    var in = Matrix.of(x.value());
    var out = Matrix.of(y.value());
    for (int block = 0; block < blocks(); block++) {
      var rotation = rotation(Matrix.of(rotations.value()), block);
      var into = columns(out, block);
      if (tape.isAutomatic()) {
        tape.kernels().product().multiply(columns(in, block), rotation, into);
      } else {
        tape.kernels()
            .product()
            .multiply(columns(in, block), List.of(rotation), into, tape.fewRows());
      }
    }
  }

  @Override
  public void backward(Tape tape) {
    var product = tape.kernels().product();
    var dy = Matrix.of(y.gradientToRead());
    for (int block = 0; rotations.needsGradient() && block < blocks(); block++) {
      var gradient = Matrix.of(rotations.gradientToAddTo(tape.workspace()));
      var in = columns(Matrix.of(x.value()), block).transposed();
      product.multiply(in, columns(dy, block), rotation(gradient, block), true);
    }
    if (x.needsGradient()) {
      boolean add = x.hasGradient();
      var dx = Matrix.of(x.gradientToWrite(tape.workspace()));
      for (int block = 0; block < blocks(); block++) {
        var back = rotation(Matrix.of(rotations.value()), block).transposed();
        product.multiply(columns(dy, block), back, columns(dx, block), add);
      }
    }
  }

  @Override
  public Variable result() {
    return y;
  }

  @Override
  public List<Variable> gradients() {
    return List.of(rotations, x);
  }
}
