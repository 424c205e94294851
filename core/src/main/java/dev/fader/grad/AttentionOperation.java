package dev.fader.grad;

import dev.fader.kernel.AttentionResult;
import dev.fader.kernel.AttentionShape;
import dev.fader.kernel.Matrix;
import dev.fader.tensor.Shape;

/// Causal attention of a block of sequences over itself. Backward computes the scores again from
/// the logarithm of each query's sum, so no score is stored (FlashAttention, Dao et al. 2022).
final class AttentionOperation implements Operation {
  private final AttentionShape shape;
  private final AttentionLayout layout;
  private final Variable x; // (batch * time, queries | keys | values)
  private final Variable y; // (batch * time, heads * headSize)
  private final Variable logSumExp; // (batch * time, heads)

  AttentionOperation(Tape tape, Variable x, AttentionShape shape) {
    this.shape = shape;
    this.layout = new AttentionLayout(shape.heads(), shape.keyValueHeads(), shape.headSize());
    this.x = x;
    long rows = x.value().shape().dimension(0);
    this.y = tape.result(Shape.of(rows, layout.queryWidth()), x.needsGradient());
    this.logSumExp = tape.result(Shape.of(rows, shape.heads()), false);
  }

  Variable forward(Tape tape) {
    tape.kernels()
        .attention(
            shape, layout.inputs(Matrix.of(x.value())), Matrix.of(y.value()), logSumExp.value());
    return y;
  }

  @Override
  public void backward(Tape tape) {
    if (!x.needsGradient()) {
      return;
    }
    var result =
        new AttentionResult(Matrix.of(y.value()), logSumExp.value(), Matrix.of(y.gradientToRead()));
    tape.kernels()
        .attentionBackward(
            shape,
            layout.inputs(Matrix.of(x.value())),
            result,
            layout.inputs(Matrix.of(x.gradientToWrite(tape.workspace()))));
  }

  @Override
  public void release(Workspace workspace) {
    y.release(workspace);
    logSumExp.release(workspace);
  }
}
