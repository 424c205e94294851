package dev.fader.inspect.trace;

import dev.fader.grad.NormParameters;
import dev.fader.kernel.row.Normalization;
import dev.fader.tensor.Tensor;

/// A normalisation with the deviation of one row, which is then a linear map of the row.
final class FrozenNorm {
  private final NormParameters parameters;
  private final double inverse; // of the deviation

  /// @param row whose deviation it is
  FrozenNorm(NormParameters parameters, double[] row) {
    this.parameters = parameters;
    double mean = centers() ? mean(row) : 0;
    double squares = 0;
    for (double x : row) {
      squares += (x - mean) * (x - mean);
    }
    this.inverse = 1 / Math.sqrt(squares / row.length + parameters.epsilon());
  }

  private boolean centers() {
    return parameters.kind() == Normalization.Kind.LAYER;
  }

  private static double mean(double[] row) {
    double sum = 0;
    for (double x : row) {
      sum += x;
    }
    return sum / row.length;
  }

  /// The direction in the input that a direction in the output comes from.
  double[] back(double[] direction) {
    var before = new double[direction.length];
    var weight = parameters.weight().value();
    for (int i = 0; i < before.length; i++) {
      before[i] = direction[i] * (weight.get(i) + parameters.weightOffset()) * inverse;
    }
    double mean = centers() ? mean(before) : 0;
    for (int i = 0; i < before.length; i++) {
      before[i] -= mean;
    }
    return before;
  }

  /// What the bias adds along a direction in the output.
  double bias(double[] direction) {
    return parameters.bias().map(bias -> along(direction, bias.value())).orElse(0.0);
  }

  private static double along(double[] direction, Tensor bias) {
    double sum = 0;
    for (int i = 0; i < direction.length; i++) {
      sum += direction[i] * bias.get(i);
    }
    return sum;
  }
}
