package dev.fader.grad;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.parallel.RowPass;
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
  private final AttentionLayout.Parts in;
  private final RowPass ofQueries;
  private final RowPass ofKeys;
  private final RowPass ofValues;

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
    var out = layout.parts(Matrix.of(y.value()));
    this.ofQueries = pass(tape, query, queryStatistics, in.query(), out.query());
    this.ofKeys = pass(tape, key, keyStatistics, in.key(), out.key());
    this.ofValues = tape.kernels().elementwise().copying(in.value(), out.value());
  }

  private static RowPass pass(
      Tape tape, NormParameters norm, Variable statistics, Matrix in, Matrix out) {
    var pass = Normalizer.pass(norm.normalization(), in, statistics.value());
    return tape.kernels().normalizer().normalizing(pass, out);
  }

  private Variable statistics(Tape tape, int width, NormParameters norm) {
    long groups = width / norm.weight().value().elements();
    return tape.result(Shape.of(x.value().shape().dimension(0) * groups, 2), false);
  }

  @Override
  public void forward(Tape tape) {
    ofQueries.run();
    ofKeys.run();
    ofValues.run();
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

  /// The gradient of `x` is computed along with those of the weights, whether it is asked for or
  /// not.
  @Override
  public void countBackward(Tape tape) {
    x.gradientToWrite(tape.workspace());
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
