package dev.fader.grad;

import dev.fader.kernel.attention.Attention;
import dev.fader.kernel.attention.AttentionShape;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.tensor.Shape;
import java.util.List;
import java.util.Optional;

/// Causal attention of a block of sequences over itself. Backward computes the scores again from
/// the logarithm of each query's sum, so no score is stored (FlashAttention, Dao et al. 2022).
final class AttentionOperation implements Operation {
  private final List<AttentionShape> shapes; // of rows one behind the other
  private final AttentionLayout layout;
  private final int heads;
  private final int headSize;
  private final Variable x; // (batch * time, queries | keys | values)
  private final Optional<Variable> sinks; // (heads)
  private final Variable y; // (batch * time, heads * headSize)
  private final Variable logSumExp; // (batch * time, heads)

  AttentionOperation(Tape tape, Variable x, List<AttentionShape> shapes, Optional<Variable> sinks) {
    var shape = shapes.getFirst();
    this.shapes = List.copyOf(shapes);
    this.heads = shape.heads();
    this.headSize = shape.headSize();
    this.layout = new AttentionLayout(shape.heads(), shape.keyValueHeads(), headSize);
    this.x = x;
    this.sinks = sinks;
    boolean learnsSinks = sinks.map(Variable::needsGradient).orElse(false);
    long rows = x.value().shape().dimension(0);
    this.y = tape.result(Shape.of(rows, layout.queryWidth()), x.needsGradient() || learnsSinks);
    this.logSumExp = tape.result(Shape.of(rows, heads), false);
  }

  @Override
  public void forward(Tape tape) {
    int first = 0;
    for (var shape : shapes) {
      int rows = shape.batch() * shape.queries();
      var inputs = layout.inputs(Matrix.of(x.value()).rows(first, rows), sinks);
      var out = Matrix.of(y.value()).rows(first, rows);
      tape.kernels().attention().forward(shape, inputs, out, logSumExp.value().slice(first, rows));
      first += rows;
    }
  }

  @Override
  public void backward(Tape tape) {
    if (sinks.isPresent() && sinks.get().needsGradient()) {
      backwardSinks(sinks.get(), tape);
    }
    if (!x.needsGradient()) {
      return;
    }
    var dx = Matrix.of(x.gradientToWrite(tape.workspace()));
    int first = 0;
    for (var shape : shapes) {
      int rows = shape.batch() * shape.queries();
      var result =
          new Attention.Result(
              Matrix.of(y.value()).rows(first, rows),
              logSumExp.value().slice(first, rows),
              Matrix.of(y.gradientToRead()).rows(first, rows));
      tape.kernels()
          .attention()
          .backward(
              shape,
              layout.inputs(Matrix.of(x.value()).rows(first, rows), sinks),
              result,
              layout.inputs(dx.rows(first, rows), Optional.empty()));
      first += rows;
    }
  }

  /// A sink's weight w has no value, so its slope is `-w (dy . y)`, summed over all queries.
  private void backwardSinks(Variable sink, Tape tape) {
    var gradient = sink.gradientToAddTo(tape.workspace());
    var out = Matrix.of(y.value());
    var outGradient = Matrix.of(y.gradientToRead());
    for (int head = 0; head < heads; head++) {
      double sum = 0;
      for (int row = 0; row < out.rows(); row++) {
        float total = logSumExp.value().get((long) row * heads + head);
        double weight = Math.exp(sink.value().get(head) - total);
        for (int c = head * headSize; c < (head + 1) * headSize; c++) {
          sum -= weight * outGradient.get(row, c) * out.get(row, c);
        }
      }
      gradient.set(head, (float) (gradient.get(head) + sum));
    }
  }

  @Override
  public Variable result() {
    return y;
  }

  @Override
  public List<Variable> owned() {
    return List.of(y, logSumExp);
  }

  @Override
  public List<Variable> gradients() {
    return List.of(x);
  }
}
