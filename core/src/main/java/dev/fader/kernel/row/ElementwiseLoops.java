package dev.fader.kernel.row;

import dev.fader.kernel.matrix.Matrix;
import dev.fader.tensor.Tensor;

/// One row of each operation that looks at one element at a time.
sealed interface ElementwiseLoops permits ScalarElementwise, VectorElementwise {
  static ElementwiseLoops of(boolean vectors) {
    return vectors ? new VectorElementwise() : new ScalarElementwise();
  }

  /// sum = a + b; sum may be either.
  void add(Matrix a, Matrix b, Matrix sum, int row);

  /// product *= factor.
  void multiply(Matrix factor, Matrix product, int row);

  /// The gradient of a gated activation: its input holds f'(gate) and f(gate), and gets `dy * up *
  /// f'(gate)` and `dy * f(gate)`.
  void multiplyGated(Matrix up, ActivationGradient gradient, int row);

  /// into[intoRow] += x[row].
  void accumulate(Matrix x, int row, Matrix into, int intoRow);

  /// sums[c] += x[row, c].
  void accumulate(Matrix x, int row, float[] sums);

  /// x += bias.
  void addRow(Matrix x, Tensor bias, int row);

  /// x *= factor.
  void scale(Matrix x, float factor, int row);

  /// x = cap * tanh(x / cap).
  void softCap(Matrix x, float cap, int row);

  /// gradient *= 1 - (y / cap)^2.
  void softCapBackward(Matrix y, float cap, Matrix gradient, int row);

  /// y = x with the dropped elements 0 and the others scaled; y may be x.
  void dropout(Dropout dropout, Matrix x, Matrix y, int row);

  /// Turns every head of the row by the angles at `position`.
  void rotate(Rotation rotation, Matrix x, int row, int position);
}
