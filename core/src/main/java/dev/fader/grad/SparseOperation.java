package dev.fader.grad;

import dev.fader.kernel.Kernels;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.parallel.RowPass;
import dev.fader.kernel.product.SparseProduct;
import dev.fader.kernel.row.Activation;
import dev.fader.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

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
  private final Optional<RowPass> outBias;
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
    this.outBias = adding(tape.kernels(), network.down(), out);
    this.split = new Split(tape.kernels(), few(AUTOMATIC));
  }

  private static Optional<RowPass> adding(Kernels kernels, Projection of, Matrix to) {
    return of.bias().map(bias -> kernels.elementwise().addingRow(to, bias.value()));
  }

  /// What is prepared for a number of few rows, which come first.
  private final class Split {
    private final int few;
    private final Matrix fewIn;
    private final Matrix fewGate;
    private final Optional<RowPass> fewBias;
    private final RowPass fewActivation;
    private final List<SparseProduct.Operands> groups = new ArrayList<>();
    private final Matrix manyIn;
    private final Matrix manyHidden;
    private final Optional<RowPass> manyBias;
    private final Matrix manyActivated;
    private final RowPass manyActivation;
    private final Matrix manyOut;

    Split(Kernels kernels, int few) {
      var activations = kernels.activations();
      this.few = few;
      int many = in.rows() - few;
      int neurons = activated.columns();
      var function = network.activation();
      this.fewIn = in.rows(0, few);
      this.fewGate = hidden.rows(0, few).columns(0, neurons);
      this.fewBias = adding(kernels, network.first(), fewGate);
      this.fewActivation = activations.activating(function, false, fewGate, activated.rows(0, few));
      for (int row = 0; row < few; row += SparseProduct.MOST_ROWS) {
        groups.add(group(row, Math.min(SparseProduct.MOST_ROWS, few - row)));
      }
      this.manyIn = in.rows(few, many);
      this.manyHidden = hidden.rows(few, many);
      this.manyBias = adding(kernels, network.first(), manyHidden.columns(0, neurons));
      this.manyActivated = activated.rows(few, many);
      this.manyActivation =
          activations.activating(function, network.up().isPresent(), manyHidden, manyActivated);
      this.manyOut = out.rows(few, many);
    }

    private SparseProduct.Operands group(int row, int count) {
      return new SparseProduct.Operands(
          in.rows(row, count),
          network.up().map(up -> Matrix.of(up.value())),
          activated.rows(row, count),
          network.byNeuron(),
          out.rows(row, count),
          network.activation() == Activation.DOUBLE_RELU);
    }
  }

  @Override
  public void forward(Tape tape) {
    int few = few(tape.isAutomatic() ? AUTOMATIC : tape.fewRows());
    if (split.few != few) {
      split = new Split(tape.kernels(), few);
    }
    if (few > 0) {
      forwardFew(tape);
    }
    if (few < in.rows()) {
      forwardMany(tape);
    }
    if (outBias.isPresent()) {
      outBias.get().run();
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
    if (split.fewBias.isPresent()) {
      split.fewBias.get().run();
    }
    split.fewActivation.run();
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
    if (split.manyBias.isPresent()) {
      split.manyBias.get().run();
    }
    split.manyActivation.run();
    kernels.product().multiply(split.manyActivated, down, split.manyOut, 0);
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
