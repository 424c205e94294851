package dev.fader.grad;

import java.util.Optional;

/// Rows that go to experts.
///
/// @param x (rows, width)
/// @param scores (rows, experts)
/// @param factors (rows, experts): what the weights of chosen experts are multiplied with
record RoutedRows(Variable x, Variable scores, Optional<Variable> factors) {
  boolean needsGradient() {
    return x.needsGradient()
        || scores.needsGradient()
        || factors.map(Variable::needsGradient).orElse(false);
  }
}
