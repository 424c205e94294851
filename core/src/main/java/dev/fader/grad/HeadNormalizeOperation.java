package dev.fader.grad;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.row.Normalizer;
import dev.fader.tensor.Shape;
import java.util.List;

/// Queries and keys normalised, each head on its own (Qwen 3) or all together (OLMo 2); values
/// pass.
final class HeadNormalizeOperation implements Operation {
  private final AttentionLayout layout;
  private final NormParameters query;
  private final NormParameters key;
  private final Variable x; // (rows, queries | keys | values)
  private final Variable y; // as x
  private final Variable queryStatistics; // (rows * groups, 2)
  private final Variable keyStatistics; // (rows * groups, 2)
  private final Normalizer.Pass ofQueries;
  private final Normalizer.Pass ofKeys;
  private final AttentionLayout.Parts in;
  private final AttentionLayout.Parts out;

  HeadNormalizeOperation(
      Tape tape, Variable x, AttentionLayout layout, NormParameters query, NormParameters key) {
    this.layout = layout;
    this.query = query;
    this.key = key;
    this.x = x;
    var shape = x.value().shape();
    this.y = tape.result(shape, x.needsGradient() || query.needsGradient() || key.needsGradient());
    this.queryStatistics = statistics(tape, layout.queryWidth(), query);
    this.keyStatistics = statistics(tape, layout.keyValueWidth(), key);
    this.in = layout.parts(Matrix.of(x.value()));
    this.out = layout.parts(Matrix.of(y.value()));
    this.ofQueries = Normalizer.pass(query.normalization(), in.query(), queryStatistics.value());
    this.ofKeys = Normalizer.pass(key.normalization(), in.key(), keyStatistics.value());
  }

  private Variable statistics(Tape tape, int width, NormParameters norm) {
    long groups = width / norm.weight().value().elements();
    return tape.result(Shape.of(x.value().shape().dimension(0) * groups, 2), false);
  }

  @Override
  public void forward(Tape tape) {
    var normalizer = tape.kernels().normalizer();
    normalizer.forward(ofQueries, out.query());
    normalizer.forward(ofKeys, out.key());
    tape.kernels().elementwise().copy(in.value(), out.value());
  }

  @Override
  public void backward(Tape tape) {
    var dy = Matrix.of(y.gradientToRead());
    var dx = Matrix.of(x.gradientToWrite(tape.workspace()));
    backward(tape, query, in.query(), queryStatistics, layout.query(dy), layout.query(dx));
    backward(tape, key, in.key(), keyStatistics, layout.key(dy), layout.key(dx));
    tape.kernels().elementwise().copy(layout.value(dy), layout.value(dx));
  }

  private static void backward(
      Tape tape, NormParameters norm, Matrix in, Variable statistics, Matrix dy, Matrix dx) {
    var gradient =
        new Normalizer.Gradient(dy, dx, false, norm.weightGradient(tape), norm.biasGradient(tape));
    tape.kernels().normalizer().backward(norm.normalization(), in, statistics.value(), gradient);
  }

  @Override
  public Variable result() {
    return y;
  }

  @Override
  public List<Variable> owned() {
    return List.of(y, queryStatistics, keyStatistics);
  }

  @Override
  public List<Variable> gradients() {
    return List.of(x);
  }
}
