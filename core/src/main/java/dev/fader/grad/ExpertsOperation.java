package dev.fader.grad;

import dev.fader.grad.ExpertLowRank.Rows;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.parallel.RowPass;
import dev.fader.kernel.product.RowGroups;
import dev.fader.kernel.row.Activations;
import dev.fader.tensor.DType;
import dev.fader.tensor.Shape;
import dev.fader.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The weighted sum of the experts that each row goes to. Rows are gathered by expert, so that each
/// expert is one matrix product over all of its rows; a row that goes to several is there several
/// times. What is added to a row is added in the order of its experts, whatever the number of
/// threads.
final class ExpertsOperation implements Operation {
  private final Variable x; // (rows, width)
  private final Variable scores; // (rows, experts)
  private final Optional<Variable> factors; // (rows, experts): of the weights
  private final ExpertNetwork network;
  private final Router router;
  private final Variable rowIds; // (gathered): INT32, the row that each was
  private final Variable weights; // (gathered)
  private final Variable gathered; // (gathered, width)
  private final Variable hidden; // (gathered, gate and up)
  private final Variable activated; // (gathered, expert width)
  private final Variable outputs; // (gathered, width)
  private final Variable y; // (rows, width)
  private Optional<Prepared> prepared = Optional.empty(); // plans run nothing

  ExpertsOperation(Tape tape, RoutedRows in, ExpertNetwork network) {
    this.x = in.x();
    this.scores = in.scores();
    this.factors = in.factors();
    this.network = network;
    var shape = x.value().shape();
    this.router = new Router(shape.size(0), network.experts(), network.routing());
    long width = shape.dimension(1);
    long count = router.places();
    this.rowIds = tape.result(Shape.of(count), false);
    this.weights = tape.result(Shape.of(count), false);
    this.gathered = tape.result(Shape.of(count, width), true);
    this.hidden = tape.result(Shape.of(count, network.hidden()), true);
    this.activated = tape.result(Shape.of(count, network.hidden() / 2), true);
    this.outputs = tape.result(Shape.of(count, width), true);
    this.y = tape.result(shape, in.needsGradient() || network.needsGradient());
  }

  /// What a forward pass needs, so that it allocates nothing when it is run again.
  private final class Prepared {
    private final RowsByExpert rows =
        new RowsByExpert(router, network.experts(), network.routing().perToken());
    private final RowGroups groups = new RowGroups();
    private final Matrix scoreRows = Matrix.of(scores.value());
    private final Optional<Tensor> correction = network.correction().map(Variable::value);
    private final Tensor ids =
        new Tensor(DType.INT32, rowIds.value().shape(), rowIds.value().segment());
    private final Matrix in = Matrix.of(gathered.value());
    private final List<Matrix> parts = new ArrayList<>(); // of hidden, by input
    private final Matrix active = Matrix.of(activated.value());
    private final Matrix out = Matrix.of(outputs.value());
    private final List<Matrix> chosen = new ArrayList<>(); // the input matrices of a row alone
    private final Matrix alone = Matrix.of(x.value());
    private final Matrix hiddenAlone =
        Matrix.of(hidden.value().reshape(1, hidden.value().elements()));
    private final RowPass gather;
    private final List<RowPass> activation = new ArrayList<>(); // what adds biases comes first
    private final List<RowPass> finish = new ArrayList<>();
    private final boolean changed;

    Prepared(Tape tape) {
      var kernels = tape.kernels();
      boolean any = !network.down().changes().isEmpty();
      for (var input : network.inputs()) {
        any |= !input.changes().isEmpty();
      }
      changed = any;
      gather = kernels.embedding().embedding(ids, alone, in);
      var all = Matrix.of(hidden.value());
      int column = 0;
      for (var input : network.inputs()) {
        var part = all.columns(column, input.outputs());
        parts.add(part);
        addBiases(kernels, input, part, activation);
        column += input.outputs();
      }
      activation.add(gate(kernels, all));
      addBiases(kernels, network.down(), out, finish);
      var sums = Matrix.of(y.value());
      finish.add(kernels.embedding().addingUp(out, weights.value(), rows.terms(), sums));
    }

    private void addBiases(Kernels kernels, ExpertMatrices of, Matrix to, List<RowPass> passes) {
      if (!of.biases().isEmpty()) {
        passes.add(kernels.elementwise().addingRows(to, of.biases(), rows.chosen()));
      }
    }

    private RowPass gate(Kernels kernels, Matrix all) {
      var gate = network.gate();
      return gate.clamped()
          ? kernels.clampedGate().gating(gate.interleaved(), all, active)
          : kernels.activations().activating(gate.activation(), true, all, active);
    }

    private void route() {
      router.route(scoreRows, correction);
      rows.group(router);
      for (int i = 0; i < rows.places().length; i++) {
        ids.set(i, rows.row(i));
        weights.value().set(i, router.weight(rows.places()[i]) * factor(rows, i));
      }
    }

    private float factor(RowsByExpert rows, int gathered) {
      return factors.isPresent() ? factors.get().value().get(at(rows, gathered)) : 1;
    }

    void run(Tape tape) {
      route();
      if (alone.rows() == 1 && tape.fewRows() == 1 && !changed) {
        projectAlone(tape);
      } else {
        gather.run();
        for (int i = 0; i < parts.size(); i++) {
          multiply(tape, in, network.inputs().get(i), parts.get(i));
        }
      }
      run(activation);
      multiply(tape, active, network.down(), out);
      y.value().zero();
      run(finish);
    }

    private void run(List<RowPass> passes) {
      for (int i = 0; i < passes.size(); i++) {
        passes.get(i).run();
      }
    }

    /// One row is multiplied with the matrices of all its experts at once.
    private void projectAlone(Tape tape) {
      chosen.clear();
      for (int place : rows.places()) {
        for (int i = 0; i < parts.size(); i++) {
          chosen.add(network.inputs().get(i).matrix(router.expert(place)));
        }
      }
      tape.kernels().product().multiply(alone, chosen, hiddenAlone, 1);
    }

    /// Each expert's rows times one of its matrices. Where few rows are told apart from many, they
    /// still are when gathered, since rows of one expert keep their order.
    private void multiply(Tape tape, Matrix from, ExpertMatrices matrices, Matrix to) {
      groups.clear();
      for (int e = 0; e < network.experts(); e++) {
        int count = rows.count(e);
        if (count > 0 && tape.isAutomatic()) {
          var product = tape.kernels().product();
          product.multiply(rowsOf(e, from), matrices.matrix(e), rowsOf(e, to));
        } else if (count > 0) {
          groups.add(count, rows.countBefore(e, tape.fewRows()), matrices.operands(e));
        }
      }
      tape.kernels().product().multiply(from, groups, to);
      for (int e = 0; changed && e < network.experts(); e++) {
        int count = rows.count(e);
        for (int i = 0; count > 0 && i < matrices.changes().size(); i++) {
          int few = tape.isAutomatic() ? 0 : rows.countBefore(e, tape.fewRows());
          var own = new ExpertLowRank.Rows(e, rowsOf(e, from), rowsOf(e, to), few);
          matrices.changes().get(i).forward(tape, own);
        }
      }
    }
  }

  private RowsByExpert rows() {
    return prepared.orElseThrow().rows;
  }

  private Matrix rowsOf(int expert, Matrix all) {
    return all.rows(rows().start(expert), rows().count(expert));
  }

  private Matrix rowsOf(int expert, Tensor all) {
    return rowsOf(expert, Matrix.of(all));
  }

  @Override
  public void forward(Tape tape) {
    if (prepared.isEmpty()) {
      prepared = Optional.of(new Prepared(tape));
    }
    prepared.get().run(tape);
    tape.countedBalance().ifPresent(balance -> balance.count(network.layer(), router));
  }

  @Override
  public void backward(Tape tape) {
    var kernels = tape.kernels();
    var ids = prepared.orElseThrow().ids;
    var outGradient = Matrix.of(outputs.gradientToWrite(tape.workspace()));
    kernels.embedding().embed(ids, y.gradientToRead(), outGradient);
    if (scores.needsGradient() || needsGradientOfFactors()) {
      backwardWeights(tape, outGradient);
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

  private boolean needsGradientOfFactors() {
    return factors.isPresent() && factors.get().needsGradient();
  }

  /// Where the row and the expert of a gathered row stand in a matrix of (rows, experts).
  private long at(RowsByExpert rows, int gathered) {
    return (long) rows.row(gathered) * network.experts() + rows.chosen()[gathered];
  }

  /// A weight's slope is the product of what it weighs with the gradient of the sum.
  private void backwardWeights(Tape tape, Matrix outGradient) {
    var places = rows().places();
    var dots = new float[places.length]; // by gathered row
    tape.kernels().elementwise().dotRows(Matrix.of(outputs.value()), outGradient, dots);
    var slopes = new double[places.length]; // of the router's weights, by place
    for (int i = 0; i < places.length; i++) {
      slopes[places[i]] = dots[i];
    }
    if (needsGradientOfFactors()) {
      backwardFactors(tape, slopes);
    }
    for (int i = 0; factors.isPresent() && i < places.length; i++) {
      slopes[places[i]] *= factors.get().value().get(at(rows(), i));
    }
    if (scores.needsGradient()) {
      var gradient = Matrix.of(scores.gradientToAddTo(tape.workspace()));
      router.backward(slopes, gradient);
      var balance = tape.balance();
      if (balance.isPresent()) {
        balance.get().backward(network.layer(), router, Matrix.of(scores.value()), gradient);
      }
    }
  }

  private void backwardFactors(Tape tape, double[] slopes) {
    var gradient = factors.orElseThrow().gradientToAddTo(tape.workspace());
    for (int i = 0; i < slopes.length; i++) {
      long at = at(rows(), i);
      int place = rows().places()[i];
      gradient.set(at, (float) (gradient.get(at) + slopes[place] * router.weight(place)));
    }
  }

  private void backwardDown(Tape tape, int expert) {
    var down = network.down();
    var dy = rowsOf(expert, outputs.gradientToRead());
    backwardProjection(tape, down, expert, rowsOf(expert, activated.value()), dy);
    var dx = activated.gradientToWrite(tape.workspace());
    if (rows().count(expert) > 0) {
      var into = rowsOf(expert, dx);
      tape.kernels().product().multiply(dy, down.matrix(expert).transposed(), into);
      backwardChanges(tape, down, new Rows(expert, rowsOf(expert, activated.value()), dy, 0), into);
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
      if (rows().count(expert) > 0) {
        var into = rowsOf(expert, dx);
        tape.kernels().product().multiply(dy, input.matrix(expert).transposed(), into, column > 0);
        var in = rowsOf(expert, gathered.value());
        backwardChanges(tape, input, new Rows(expert, in, dy, 0), into);
      }
      column += input.outputs();
    }
  }

  private static void backwardChanges(Tape tape, ExpertMatrices matrices, Rows rows, Matrix dx) {
    for (var change : matrices.changes()) {
      change.backward(tape, rows, dx);
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
    var all = new ArrayList<>(List.of(outputs, scores, activated, hidden, gathered, x));
    factors.ifPresent(all::add);
    return all;
  }
}
