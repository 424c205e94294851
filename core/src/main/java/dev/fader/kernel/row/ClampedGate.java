package dev.fader.kernel.row;

import static dev.fader.kernel.matrix.Floats.get;
import static dev.fader.kernel.matrix.Floats.set;
import static dev.fader.kernel.matrix.Floats.start;

import dev.fader.kernel.matrix.Floats;
import dev.fader.kernel.matrix.Matrix;
import dev.fader.kernel.parallel.Chunks;
import dev.fader.kernel.parallel.RowPass;
import dev.fader.kernel.vector.ScalarMath;

/// The gated activation of gpt-oss, in one form for all tiers: its cost is a small part of the
/// products around it.
public final class ClampedGate {
  private static final float SHARPNESS = 1.702f;
  private static final float LIMIT = 7;

  private final Chunks chunks;

  public ClampedGate(Chunks chunks) {
    this.chunks = chunks;
  }

  /// The gate of gpt-oss: `y = g * logistic(1.702 g) * (u + 1)`, where g is the gate, at most 7,
  /// and u is up, from -7 to 7. x is (rows, 2F) and y (rows, F).
  ///
  /// @param interleaved whether the columns of gate and up alternate, and are not one half after
  ///   the other
  /// @throws IllegalArgumentException if the shapes or types do not fit
  public void forward(boolean interleaved, Matrix x, Matrix y) {
    gating(interleaved, x, y).run();
  }

  /// What [#forward] does, to be run as often as one likes.
  ///
  /// @throws IllegalArgumentException if the shapes or types do not fit
  public RowPass gating(boolean interleaved, Matrix x, Matrix y) {
    requireSizes(x, y);
    int width = y.columns();
    int step = interleaved ? 2 : 1;
    int apart = interleaved ? 1 : width;
    return chunks.pass(
        y,
        row -> {
          long in = start(x, row);
          long out = start(y, row);
          for (int c = 0; c < width; c++) {
            float gate = Math.min(get(x.tensor().segment(), in, c * step), LIMIT);
            float up = Math.clamp(get(x.tensor().segment(), in, c * step + apart), -LIMIT, LIMIT);
            float activated = gate * ScalarMath.logistic(SHARPNESS * gate);
            set(y.tensor().segment(), out, c, activated * (up + 1));
          }
        });
  }

  /// Sets the gradient of x.
  ///
  /// @throws IllegalArgumentException if the shapes or types do not fit
  public void backward(boolean interleaved, Matrix x, Activations.Gradient gradient) {
    requireSizes(x, gradient.output());
    Floats.require(gradient.input(), x.rows(), x.columns(), "the gradient of a gate's input");
    int width = gradient.output().columns();
    int step = interleaved ? 2 : 1;
    int apart = interleaved ? 1 : width;
    chunks.eachRow(
        x,
        row -> {
          long in = start(x, row);
          long dy = start(gradient.output(), row);
          long dx = start(gradient.input(), row);
          var into = gradient.input().tensor().segment();
          for (int c = 0; c < width; c++) {
            float gate = get(x.tensor().segment(), in, c * step);
            float up = get(x.tensor().segment(), in, c * step + apart);
            float slope = get(gradient.output().tensor().segment(), dy, c);
            float clamped = Math.min(gate, LIMIT);
            float logistic = ScalarMath.logistic(SHARPNESS * clamped);
            float gateSlope =
                gate > LIMIT
                    ? 0
                    : logistic
                        * Math.fma(SHARPNESS * clamped, 1 - logistic, 1)
                        * (Math.clamp(up, -LIMIT, LIMIT) + 1);
            float upSlope = Math.abs(up) > LIMIT ? 0 : clamped * logistic;
            set(into, dx, c * step, slope * gateSlope);
            set(into, dx, c * step + apart, slope * upSlope);
          }
        });
  }

  private static void requireSizes(Matrix x, Matrix y) {
    Floats.require(y, "the output of a gate");
    Floats.require(x, y.rows(), Math.multiplyExact(2, y.columns()), "the input of a gate");
  }
}
