package dev.fader.grad;

import dev.fader.kernel.Matrix;
import dev.fader.kernel.NormalizationGradient;
import dev.fader.tensor.Shape;

/// Each query and each key head normalised on its own (Qwen 3); values pass.
final class HeadNormalizeOperation implements Operation {
  private final AttentionLayout layout;
  private final NormParameters query;
  private final NormParameters key;
  private final Variable x; // (rows, queries | keys | values)
  private final Variable y; // as x
  private final Variable queryStatistics; // (rows * heads, 2)
  private final Variable keyStatistics; // (rows * keyValueHeads, 2)

  HeadNormalizeOperation(
      Tape tape, Variable x, AttentionLayout layout, NormParameters query, NormParameters key) {
    this.layout = layout;
    this.query = query;
    this.key = key;
    this.x = x;
    var shape = x.value().shape();
    this.y = tape.result(shape, x.needsGradient() || query.needsGradient() || key.needsGradient());
    this.queryStatistics = tape.result(Shape.of(shape.dimension(0) * layout.heads(), 2), false);
    this.keyStatistics =
        tape.result(Shape.of(shape.dimension(0) * layout.keyValueHeads(), 2), false);
  }

  Variable forward(Tape tape) {
    var in = Matrix.of(x.value());
    var out = Matrix.of(y.value());
    var kernels = tape.kernels();
    kernels.normalize(
        query.normalization(), layout.query(in), layout.query(out), queryStatistics.value());
    kernels.normalize(key.normalization(), layout.key(in), layout.key(out), keyStatistics.value());
    kernels.copy(layout.value(in), layout.value(out));
    return y;
  }

  @Override
  public void backward(Tape tape) {
    var in = Matrix.of(x.value());
    var dy = Matrix.of(y.gradientToRead());
    var dx = Matrix.of(x.gradientToWrite(tape.workspace()));
    backward(tape, query, layout.query(in), queryStatistics, layout.query(dy), layout.query(dx));
    backward(tape, key, layout.key(in), keyStatistics, layout.key(dy), layout.key(dx));
    tape.kernels().copy(layout.value(dy), layout.value(dx));
  }

  private static void backward(
      Tape tape, NormParameters norm, Matrix in, Variable statistics, Matrix dy, Matrix dx) {
    var gradient =
        new NormalizationGradient(
            dy, dx, false, norm.weightGradient(tape), norm.biasGradient(tape));
    tape.kernels().normalizeBackward(norm.normalization(), in, statistics.value(), gradient);
  }

  @Override
  public void release(Workspace workspace) {
    y.release(workspace);
    queryStatistics.release(workspace);
    keyStatistics.release(workspace);
  }
}
