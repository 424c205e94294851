package dev.fader.grad;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.row.Activations;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The weighted sum of the experts that each row goes to. Rows are gathered by expert, so that each
/// expert is one matrix product over all of its rows; a row that goes to several is there several
/// times. What is added to a row is added in the order of its experts, whatever the number of
/// threads.
final class ExpertsOperation implements Operation {
  private final Variable x; // (rows, width)
  private final Variable scores; // (rows, experts)
  private final ExpertNetwork network;
  private final Router router;
  private final int[] starts; // (experts + 1): where each expert's rows begin
  private int[] places = {}; // (gathered): the router's place of each gathered row
  private final int[] next; // (experts): scratch of grouping
  private final Variable rowIds; // (gathered): INT32, the row that each was
  private final Variable weights; // (gathered)
  private final Variable gathered; // (gathered, width)
  private final Variable hidden; // (gathered, gate and up)
  private final Variable activated; // (gathered, expert width)
  private final Variable outputs; // (gathered, width)
  private final Variable y; // (rows, width)
  private final List<Matrix> chosen = new ArrayList<>(); // the input matrices of a row alone

  ExpertsOperation(Tape tape, Variable x, Variable scores, ExpertNetwork network) {
    this.x = x;
    this.scores = scores;
    this.network = network;
    var shape = x.value().shape();
    this.router = new Router(shape.size(0), network.experts(), network.routing());
    this.starts = new int[network.experts() + 1];
    this.next = new int[network.experts()];
    long width = shape.dimension(1);
    long count = router.places();
    this.rowIds = tape.result(Shape.of(count), false);
    this.weights = tape.result(Shape.of(count), false);
    this.gathered = tape.result(Shape.of(count, width), true);
    this.hidden = tape.result(Shape.of(count, network.hidden()), true);
    this.activated = tape.result(Shape.of(count, network.hidden() / 2), true);
    this.outputs = tape.result(Shape.of(count, width), true);
    this.y =
        tape.result(shape, x.needsGradient() || scores.needsGradient() || network.needsGradient());
  }

  /// Orders places by expert, those of one expert by row.
  private void group() {
    if (places.length == 0) {
      places = new int[router.places()];
    }
    Arrays.fill(starts, 0);
    for (int place = 0; place < places.length; place++) {
      starts[router.expert(place) + 1]++;
    }
    for (int e = 0; e < network.experts(); e++) {
      starts[e + 1] += starts[e];
    }
    System.arraycopy(starts, 0, next, 0, next.length);
    for (int place = 0; place < places.length; place++) {
      places[next[router.expert(place)]++] = place;
    }
  }

  /// The memory of float32 numbers as the INT32 that they are.
  private Tensor ids() {
    var memory = rowIds.value();
    return new Tensor(DType.INT32, memory.shape(), memory.segment());
  }

  private int count(int expert) {
    return starts[expert + 1] - starts[expert];
  }

  private Matrix rowsOf(int expert, Tensor all) {
    return Matrix.of(all).rows(starts[expert], count(expert));
  }

  @Override
  public void forward(Tape tape) {
    var kernels = tape.kernels();
    var ids = ids();
    router.route(Matrix.of(scores.value()), network.correction().map(Variable::value));
    group();
    for (int i = 0; i < places.length; i++) {
      int row = places[i] / network.routing().perToken();
      ids.set(i, row);
      weights.value().set(i, router.weight(places[i]));
    }
    if (x.value().shape().dimension(0) == 1 && tape.fewRows() == 1) {
      projectAlone(tape);
    } else {
      kernels.embedding().embed(ids, x.value(), Matrix.of(gathered.value()));
      for (int e = 0; e < network.experts(); e++) {
        if (count(e) > 0) {
          project(tape, e);
        }
      }
    }
    for (int e = 0; e < network.experts(); e++) {
      if (count(e) > 0) {
        addInputBias(tape, e);
      }
    }
    activate(tape);
    for (int e = 0; e < network.experts(); e++) {
      if (count(e) > 0) {
        var out = rowsOf(e, outputs.value());
        multiply(tape, e, rowsOf(e, activated.value()), network.down().matrix(e), out);
        network.down().bias(e).ifPresent(bias -> kernels.elementwise().addRow(out, bias));
      }
    }
    sum(tape, ids);
  }

  /// An expert's rows times one of its matrices. Where few rows are told apart from many, they
  /// still are when gathered, since rows of one expert keep their order.
  private void multiply(Tape tape, int expert, Matrix rows, Matrix matrix, Matrix out) {
    var product = tape.kernels().product();
    if (tape.isAutomatic()) {
      product.multiply(rows, matrix, out);
    } else {
      product.multiply(rows, List.of(matrix), out, fewRows(expert, tape.fewRows()));
    }
  }

  private int fewRows(int expert, int fewRows) {
    int count = 0;
    while (count < count(expert)
        && places[starts[expert] + count] / network.routing().perToken() < fewRows) {
      count++;
    }
    return count;
  }

  /// One row is multiplied with the matrices of all its experts at once.
  private void projectAlone(Tape tape) {
    chosen.clear();
    for (int place : places) {
      for (var input : network.inputs()) {
        chosen.add(input.matrix(router.expert(place)));
      }
    }
    var out = hidden.value().reshape(1, hidden.value().elements());
    tape.kernels().product().multiply(Matrix.of(x.value()), chosen, Matrix.of(out), 1);
  }

  private void project(Tape tape, int expert) {
    int column = 0;
    for (var input : network.inputs()) {
      var block = rowsOf(expert, hidden.value()).columns(column, input.outputs());
      multiply(tape, expert, rowsOf(expert, gathered.value()), input.matrix(expert), block);
      column += input.outputs();
    }
  }

  private void addInputBias(Tape tape, int expert) {
    int column = 0;
    for (var input : network.inputs()) {
      var bias = input.bias(expert);
      if (bias.isPresent()) {
        var block = rowsOf(expert, hidden.value()).columns(column, input.outputs());
        tape.kernels().elementwise().addRow(block, bias.get());
      }
      column += input.outputs();
    }
  }

  private void activate(Tape tape) {
    var in = Matrix.of(hidden.value());
    var out = Matrix.of(activated.value());
    var gate = network.gate();
    if (gate.clamped()) {
      tape.kernels().clampedGate().forward(gate.interleaved(), in, out);
    } else {
      tape.kernels().activations().forward(gate.activation(), true, in, out);
    }
  }

  private void sum(Tape tape, Tensor ids) {
    if (tape.infers()) {
      var weighted = Matrix.of(outputs.value());
      tape.kernels().elementwise().scaleRows(weighted, weights.value());
      tape.kernels().embedding().embedBackward(ids, weighted, y.value().zero());
      return;
    }
    var buffer = tape.workspace().take(outputs.value().shape());
    var weighted = Matrix.of(buffer.tensor());
    tape.kernels().elementwise().copy(Matrix.of(outputs.value()), weighted);
    tape.kernels().elementwise().scaleRows(weighted, weights.value());
    tape.kernels().embedding().embedBackward(ids, weighted, y.value().zero());
    tape.workspace().giveBack(buffer);
  }

  /// The sum's copy of the outputs, which only the backward pass makes necessary.
  @Override
  public void countForward(Tape tape) {
    if (!tape.infers()) {
      tape.workspace().giveBack(tape.workspace().take(outputs.value().shape()));
    }
  }

  @Override
  public void backward(Tape tape) {
    var kernels = tape.kernels();
    var ids = ids();
    var outGradient = Matrix.of(outputs.gradientToWrite(tape.workspace()));
    kernels.embedding().embed(ids, y.gradientToRead(), outGradient);
    if (scores.needsGradient()) {
      backwardScores(tape, outGradient);
    }
    // the choice has no slope
    network
        .correction()
        .filter(Variable::needsGradient)
        .ifPresent(correction -> correction.gradientToAddTo(tape.workspace()));
    kernels.elementwise().scaleRows(outGradient, weights.value());
    for (int e = 0; e < network.experts(); e++) {
      backwardDown(tape, e);
    }
    backwardActivation(tape);
    for (int e = 0; e < network.experts(); e++) {
      backwardInputs(tape, e);
    }
    if (x.needsGradient()) {
      var from = Matrix.of(gathered.gradientToRead());
      kernels.embedding().embedBackward(ids, from, x.gradientToAddTo(tape.workspace()));
    }
  }

  /// A weight's slope is the product of what it weighs with the gradient of the sum.
  private void backwardScores(Tape tape, Matrix outGradient) {
    var slopes = new double[places.length];
    var out = Matrix.of(outputs.value());
    for (int i = 0; i < places.length; i++) {
      double slope = 0;
      for (int c = 0; c < out.columns(); c++) {
        slope += (double) out.get(i, c) * outGradient.get(i, c);
      }
      slopes[places[i]] = slope;
    }
    router.backward(slopes, Matrix.of(scores.gradientToAddTo(tape.workspace())));
  }

  private void backwardDown(Tape tape, int expert) {
    var down = network.down();
    var dy = rowsOf(expert, outputs.gradientToRead());
    backwardProjection(tape, down, expert, rowsOf(expert, activated.value()), dy);
    var dx = activated.gradientToWrite(tape.workspace());
    if (count(expert) > 0) {
      tape.kernels().product().multiply(dy, down.matrix(expert).transposed(), rowsOf(expert, dx));
    }
  }

  private void backwardActivation(Tape tape) {
    var gate = network.gate();
    var in = Matrix.of(hidden.value());
    var gradient =
        new Activations.Gradient(
            Matrix.of(activated.gradientToRead()),
            Matrix.of(hidden.gradientToWrite(tape.workspace())));
    if (gate.clamped()) {
      tape.kernels().clampedGate().backward(gate.interleaved(), in, gradient);
    } else {
      tape.kernels().activations().backward(gate.activation(), true, in, gradient);
    }
  }

  private void backwardInputs(Tape tape, int expert) {
    var dx = gathered.gradientToWrite(tape.workspace());
    int column = 0;
    for (var input : network.inputs()) {
      var dy = rowsOf(expert, hidden.gradientToRead()).columns(column, input.outputs());
      backwardProjection(tape, input, expert, rowsOf(expert, gathered.value()), dy);
      if (count(expert) > 0) {
        var into = rowsOf(expert, dx);
        tape.kernels().product().multiply(dy, input.matrix(expert).transposed(), into, column > 0);
      }
      column += input.outputs();
    }
  }

  /// Adds to the gradients of a projection; an expert without rows gets zeros.
  private static void backwardProjection(
      Tape tape, ExpertMatrices matrices, int expert, Matrix in, Matrix dy) {
    if (matrices.learnsWeight(expert)) {
      var gradient = matrices.gradient(expert, tape);
      if (dy.rows() > 0 && matrices.inputMajor()) {
        tape.kernels().product().multiply(in.transposed(), dy, gradient, true);
      } else if (dy.rows() > 0) {
        tape.kernels().product().multiply(dy.transposed(), in, gradient.transposed(), true);
      }
    }
    var bias = matrices.biasGradient(expert, tape);
    if (bias.isPresent() && dy.rows() > 0) {
      tape.kernels().elementwise().sumRows(dy, bias.get());
    }
  }

  @Override
  public Variable result() {
    return y;
  }

  @Override
  public List<Variable> owned() {
    return List.of(y, rowIds, weights, gathered, hidden, activated, outputs);
  }

  @Override
  public List<Variable> gradients() {
    return List.of(outputs, scores, activated, hidden, gathered, x);
  }
}
