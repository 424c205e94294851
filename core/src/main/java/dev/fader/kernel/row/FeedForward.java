package dev.fader.kernel.row;

import dev.fader.kernel.matrix.Floats;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.parallel.Chunks;
import java.util.Optional;

/// The activation between the two products of a feed-forward layer, plain or gated.
public final class FeedForward {
  private final Chunks chunks;
  private final ElementwiseLoops elementwise;
  private final boolean vectors;

  public FeedForward(Chunks chunks, boolean vectors) {
    this.chunks = chunks;
    this.vectors = vectors;
    elementwise = ElementwiseLoops.of(vectors);
  }

  public void activate(Activation function, boolean gated, Matrix x, Matrix y) {
    requireSizes(gated, x, y);
    if (gated) {
      activateGated(function, x, y);
    } else {
      activatePlain(function, x, y);
    }
  }

  private void activatePlain(Activation function, Matrix x, Matrix y) {
    var activation = ActivationLoops.of(function, vectors);
    var results = ActivationLoops.Results.value(y);
    chunks.eachRow(y, row -> activation.apply(x, results, row));
  }

  private void activateGated(Activation function, Matrix x, Matrix y) {
    var activation = ActivationLoops.of(function, vectors);
    var results = ActivationLoops.Results.value(y);
    var gate = x.columns(0, y.columns());
    var up = x.columns(y.columns(), y.columns());
    chunks.eachRow(
        x,
        row -> {
          activation.apply(gate, results, row);
          elementwise.multiply(up, y, row);
        });
  }

  public void activateBackward(
      Activation function, boolean gated, Matrix x, ActivationGradient gradient) {
    requireSizes(gated, x, gradient.output());
    Floats.require(
        gradient.input(), x.rows(), x.columns(), "the gradient of an activation's input");
    if (gated) {
      gatedBackward(function, x, gradient);
    } else {
      plainBackward(function, x, gradient);
    }
  }

  private void plainBackward(Activation function, Matrix x, ActivationGradient gradient) {
    var activation = ActivationLoops.of(function, vectors);
    var input = gradient.input();
    var results = ActivationLoops.Results.slope(input);
    chunks.eachRow(
        x,
        row -> {
          activation.apply(x, results, row);
          elementwise.multiply(gradient.output(), input, row);
        });
  }

  /// The gradient of the gate is `dy * up * f'(gate)`, that of up `dy * f(gate)`.
  private void gatedBackward(Activation function, Matrix x, ActivationGradient gradient) {
    var activation = ActivationLoops.of(function, vectors);
    int width = gradient.output().columns();
    var gate = x.columns(0, width);
    var up = x.columns(width, width);
    var gateGradient = gradient.input().columns(0, width);
    var upGradient = gradient.input().columns(width, width);
    var results = new ActivationLoops.Results(Optional.of(upGradient), Optional.of(gateGradient));
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
}
