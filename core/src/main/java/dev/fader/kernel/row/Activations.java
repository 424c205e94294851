package dev.fader.kernel.row;

import dev.fader.kernel.matrix.Floats;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.parallel.Chunks;
import dev.fader.kernel.parallel.RowPass;
import java.util.Optional;

/// The activation between the two products of a feed-forward layer, plain or gated.
public final class Activations {
  private final Chunks chunks;
  private final Elementwise.Loops elementwise;
  private final DoubleRelu doubleRelu;
  private final boolean vectors;

  public Activations(Chunks chunks, boolean vectors) {
    this.chunks = chunks;
    this.vectors = vectors;
    elementwise = Elementwise.Loops.of(vectors);
    doubleRelu = vectors ? new VectorDoubleRelu() : new ScalarDoubleRelu();
  }

  /// `y = f(x)`, where x and y are (rows, F) and may be one; or gated, where x is (rows, 2F), gate
  /// and then up, and `y = f(gate) * up` (Shazeer, arXiv:2002.05202), or [Activation#DOUBLE_RELU].
  ///
  /// @throws IllegalArgumentException if the shapes or types do not fit
  public void forward(Activation function, boolean gated, Matrix x, Matrix y) {
    activating(function, gated, x, y).run();
  }

  /// What [#forward] does, to be run as often as one likes.
  ///
  /// @throws IllegalArgumentException if the shapes or types do not fit
  public RowPass activating(Activation function, boolean gated, Matrix x, Matrix y) {
    requireSizes(gated, x, y);
    var activation = Loops.of(function, vectors);
    var results = Loops.Results.value(y);
    if (!gated) {
      return chunks.pass(y, row -> activation.apply(x, results, row));
    }
    int width = y.columns();
    var gate = x.columns(0, width);
    var up = x.columns(width, width);
    if (function == Activation.DOUBLE_RELU) {
      return chunks.pass(y, row -> doubleRelu.apply(gate, up, y, row));
    }
    return chunks.pass(
        y,
        row -> {
          activation.apply(gate, results, row);
          elementwise.multiply(up, y, row);
        });
  }

  /// Sets the gradient of x.
  ///
  /// @throws IllegalArgumentException if the shapes or types do not fit
  public void backward(Activation function, boolean gated, Matrix x, Gradient gradient) {
    requireSizes(gated, x, gradient.output());
    Floats.require(
        gradient.input(), x.rows(), x.columns(), "the gradient of an activation's input");
    if (gated) {
      gatedBackward(function, x, gradient);
    } else {
      plainBackward(function, x, gradient);
    }
  }

  private void plainBackward(Activation function, Matrix x, Gradient gradient) {
    var activation = Loops.of(function, vectors);
    var input = gradient.input();
    var results = Loops.Results.slope(input);
    chunks.eachRow(
        x,
        row -> {
          activation.apply(x, results, row);
          elementwise.multiply(gradient.output(), input, row);
        });
  }

  /// The gradient of the gate is `dy * up * f'(gate)`, that of up `dy * f(gate)`.
  private void gatedBackward(Activation function, Matrix x, Gradient gradient) {
    var activation = Loops.of(function, vectors);
    int width = gradient.output().columns();
    var gate = x.columns(0, width);
    var up = x.columns(width, width);
    if (function == Activation.DOUBLE_RELU) {
      chunks.eachRow(x, row -> doubleRelu.slope(gate, up, gradient, row));
      return;
    }
    var gateGradient = gradient.input().columns(0, width);
    var upGradient = gradient.input().columns(width, width);
    var results = new Loops.Results(Optional.of(upGradient), Optional.of(gateGradient));
    chunks.eachRow(
        x,
        row -> {
          activation.apply(gate, results, row);
          elementwise.multiplyGated(up, gradient, row);
        });
  }

  private static void requireSizes(boolean gated, Matrix x, Matrix y) {
    Floats.require(y, "the output of an activation");
    int columns = gated ? Math.multiplyExact(2, y.columns()) : y.columns();
    Floats.require(x, y.rows(), columns, "the input of an activation");
  }

  /// The gradients at both ends of an activation. They may not share memory.
  ///
  /// @param output the gradient of the loss by y, (rows, F)
  /// @param input the gradient by x, which is set: (rows, F), or (rows, 2F) when gated
  public record Gradient(Matrix output, Matrix input) {}

  /// One row of an activation.
  sealed interface Loops
      permits ScalarActivation, VectorLogisticGate, VectorNormalGate, VectorRelu {
    static Loops of(Activation function, boolean vectors) {
      var scalar = new ScalarActivation(function);
      if (!vectors) {
        return scalar;
      }
      return switch (function) {
        case GELU -> new VectorNormalGate(scalar);
        case GELU_TANH ->
            new VectorLogisticGate(
                scalar, ScalarActivation.TANH_LINEAR, ScalarActivation.TANH_CUBIC);
        case SILU -> new VectorLogisticGate(scalar, 1, 0);
        case QUICK_GELU -> new VectorLogisticGate(scalar, ScalarActivation.QUICK_LINEAR, 0);
        case RELU, DOUBLE_RELU -> new VectorRelu(scalar, false);
        case RELU_SQUARED -> new VectorRelu(scalar, true);
      };
    }

    /// Where f(x) and f'(x) go, as far as they are wanted.
    public record Results(Optional<Matrix> value, Optional<Matrix> slope) {
      static Results value(Matrix value) {
        return new Results(Optional.of(value), Optional.empty());
      }

      static Results slope(Matrix slope) {
        return new Results(Optional.empty(), Optional.of(slope));
      }
    }

    /// Sets a row of the results; they may be x.
    public void apply(Matrix x, Results results, int row);
  }
}
