package dev.fader.grad;

import dev.fader.kernel.row.Normalization;
import dev.fader.tensor.Tensor;
import java.util.Optional;

/// The learned part of a normalisation.
///
/// @param weight (size)
/// @param bias (size), if there is one
/// @param epsilon added under the root
/// @param weightOffset added to the weight
public record NormParameters(
    Normalization.Kind kind,
    Variable weight,
    Optional<Variable> bias,
    float epsilon,
    float weightOffset) {
  Normalization normalization() {
    return new Normalization(
        kind, weight.value(), bias.map(Variable::value), epsilon, weightOffset);
  }

  boolean needsGradient() {
    return weight.needsGradient() || bias.map(Variable::needsGradient).orElse(false);
  }

  Optional<Tensor> weightGradient(Tape tape) {
    return gradient(Optional.of(weight), tape);
  }

  Optional<Tensor> biasGradient(Tape tape) {
    return gradient(bias, tape);
  }

  private static Optional<Tensor> gradient(Optional<Variable> variable, Tape tape) {
    return variable.filter(Variable::needsGradient).map(v -> v.gradientToAddTo(tape.workspace()));
  }
}
