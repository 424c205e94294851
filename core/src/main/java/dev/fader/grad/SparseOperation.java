package dev.fader.grad;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.product.SparseProduct;
import dev.fader.kernel.row.Activations;
import dev.fader.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/// A feed-forward network that skips zeros where few rows are computed, and is dense for the rows
/// of prompts. It has no backward pass.
final class SparseOperation implements Operation {
  private static final int AUTOMATIC = -1;

  private final SparseNetwork network;
  private final Variable y; // (rows, width)
  private final Matrix in;
  private final Matrix hidden; // (rows, gate | up), or (rows, up)
  private final Matrix activated; // (rows, neurons)
  private final Matrix out;
  private final List<Matrix> first; // (in, neurons)
  private final List<Matrix> inputs; // (in, neurons) each: what hidden holds
  private final List<Matrix> down; // (neurons, width)
  private Split split;

  SparseOperation(Tape tape, Variable x, SparseNetwork network) {
    this.network = network;
    var size = network.byNeuron();
    long rows = x.value().shape().dimension(0);
    long parts = network.up().isPresent() ? 2 : 1;
    this.in = Matrix.of(x.value());
    this.hidden = Matrix.of(tape.result(Shape.of(rows, parts * size.neurons()), false).value());
    this.activated = Matrix.of(tape.result(Shape.of(rows, size.neurons()), false).value());
    this.y = tape.result(Shape.of(rows, size.outputs()), false);
    this.out = Matrix.of(y.value());
    this.first = List.of(network.first().matrix());
    this.inputs = new ArrayList<>(first);
    network.up().ifPresent(up -> inputs.add(Matrix.of(up.value()).transposed()));
    this.down = List.of(network.down().matrix());
    this.split = new Split(tape.kernels().activations(), few(AUTOMATIC));
  }

  /// What is prepared for a number of few rows, which come first.
  private final class Split {
    private final int few;
    private final Matrix fewIn;
    private final Matrix fewGate;
    private final Activations.Prepared fewActivation;
    private final List<SparseProduct.Operands> groups = new ArrayList<>();
    private final Matrix manyIn;
    private final Matrix manyHidden;
    private final Matrix manyFirst;
    private final Matrix manyActivated;
    private final Activations.Prepared manyActivation;
    private final Matrix manyOut;

    Split(Activations activations, int few) {
      this.few = few;
      int many = in.rows() - few;
      int neurons = activated.columns();
      var function = network.activation();
      this.fewIn = in.rows(0, few);
      this.fewGate = hidden.rows(0, few).columns(0, neurons);
      this.fewActivation = activations.prepare(function, false, fewGate, activated.rows(0, few));
      for (int row = 0; row < few; row += SparseProduct.MOST_ROWS) {
        groups.add(group(row, Math.min(SparseProduct.MOST_ROWS, few - row)));
      }
      this.manyIn = in.rows(few, many);
      this.manyHidden = hidden.rows(few, many);
      this.manyFirst = manyHidden.columns(0, neurons);
      this.manyActivated = activated.rows(few, many);
      this.manyActivation =
          activations.prepare(function, network.up().isPresent(), manyHidden, manyActivated);
      this.manyOut = out.rows(few, many);
    }

    private SparseProduct.Operands group(int row, int count) {
      return new SparseProduct.Operands(
          in.rows(row, count),
          network.up().map(up -> Matrix.of(up.value())),
          activated.rows(row, count),
          network.byNeuron(),
          out.rows(row, count));
    }
  }

  @Override
  public void forward(Tape tape) {
    int few = few(tape.isAutomatic() ? AUTOMATIC : tape.fewRows());
    if (split.few != few) {
      split = new Split(tape.kernels().activations(), few);
    }
    if (few > 0) {
      forwardFew(tape);
    }
    if (few < in.rows()) {
      forwardMany(tape);
    }
    var bias = network.down().bias();
    if (bias.isPresent()) {
      tape.kernels().elementwise().addRow(out, bias.get().value());
    }
  }

  /// How many of the rows are few: as many as the tape says, or all if it does not say and they
  /// are.
  private int few(int said) {
    int rows = in.rows();
    if (said == AUTOMATIC) {
      return rows <= SparseProduct.MOST_ROWS ? rows : 0;
    }
    return Math.min(said, rows);
  }

  private void forwardFew(Tape tape) {
    var kernels = tape.kernels();
    kernels.product().multiply(split.fewIn, first, split.fewGate, split.few);
    addFirstBias(tape, split.fewGate);
    kernels.activations().forward(split.fewActivation);
    var usage = network.usage();
    for (int i = 0; i < split.groups.size(); i++) {
      long active = kernels.sparseProduct().multiply(split.groups.get(i), usage.skip());
      usage.active().add(active);
    }
    usage.neurons().add((long) split.few * activated.columns());
  }

  private void forwardMany(Tape tape) {
    var kernels = tape.kernels();
    kernels.product().multiply(split.manyIn, inputs, split.manyHidden, 0);
    addFirstBias(tape, split.manyFirst);
    kernels.activations().forward(split.manyActivation);
    kernels.product().multiply(split.manyActivated, down, split.manyOut, 0);
  }

  private void addFirstBias(Tape tape, Matrix gate) {
    var bias = network.first().bias();
    if (bias.isPresent()) {
      tape.kernels().elementwise().addRow(gate, bias.get().value());
    }
  }

  @Override
  public void backward(Tape tape) {
    throw new IllegalStateException("a sparse feed-forward network has no backward pass");
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
