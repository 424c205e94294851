package dev.fader.grad;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/// Each head times a matrix of its own: what latent attention absorbs into queries and takes values
/// out with. It has no backward pass.
final class HeadLinearOperation implements Operation {
  private final Variable y; // (rows, heads * out)
  private final List<Matrix> in = new ArrayList<>(); // (rows, in) by head
  private final List<List<Matrix>> weights = new ArrayList<>(); // (in, out) by head
  private final List<Matrix> out = new ArrayList<>(); // (rows, out) by head

  HeadLinearOperation(Tape tape, Variable x, List<Matrix> heads, int stride) {
    int width = heads.getFirst().columns();
    long rows = x.value().shape().dimension(0);
    this.y = tape.result(Shape.of(rows, (long) heads.size() * width), false);
    var from = Matrix.of(x.value());
    var to = Matrix.of(y.value());
    for (int head = 0; head < heads.size(); head++) {
      var weight = heads.get(head);
      in.add(from.columns(head * stride, weight.rows()));
      weights.add(List.of(weight));
      out.add(to.columns(head * width, width));
    }
  }

  @Override
  public void forward(Tape tape) {
    var product = tape.kernels().product();
    int few = tape.isAutomatic() ? 0 : tape.fewRows();
    for (int head = 0; head < in.size(); head++) {
      product.multiply(in.get(head), weights.get(head), out.get(head), few);
    }
  }

  @Override
  public void backward(Tape tape) {
    throw new IllegalStateException("products of single heads have no backward pass");
  }

  @Override
  public Variable result() {
    return y;
  }

  @Override
  public List<Variable> gradients() {
    return List.of();
  }
}
