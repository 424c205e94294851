package dev.fader.grad;

import dev.fader.kernel.matrix.Matrix;
import java.util.Optional;

/// A matrix that rows are multiplied with, and what is added.
///
/// @param weight (out, in), or (in, out) if `inputMajor`
/// @param bias (out), if there is one
/// @param inputMajor whether the weight is stored (in, out), as GPT-2 does
public record Projection(Variable weight, Optional<Variable> bias, boolean inputMajor) {
  /// Columns of the result.
  public int outputs() {
    return weight.value().shape().size(inputMajor ? 1 : 0);
  }

  /// Columns of what is multiplied with it.
  public int inputs() {
    return weight.value().shape().size(inputMajor ? 0 : 1);
  }

  boolean needsGradient() {
    return weight.needsGradient() || bias.map(Variable::needsGradient).orElse(false);
  }

  /// What is added to output `column`, 0 without a bias.
  public float biasAt(long column) {
    return bias.isPresent() ? bias.get().value().get(column) : 0;
  }

  /// The weight as (in, out), whichever way it is stored.
  public Matrix matrix() {
    var stored = Matrix.of(weight.value());
    return inputMajor ? stored : stored.transposed();
  }
}
