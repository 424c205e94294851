package dev.fader.train.recipe;

import dev.fader.kernel.row.Activation;

/// The activations that can be chosen for a new model, by their names in `config.json` as far as
/// transformers has them.
@SuppressWarnings("exports") // kernel types, which are exported only to Fader's modules
public enum ActivationChoice {
  /// GELU through a tanh.
  GELU(Activation.GELU_TANH),
  /// With a gate SwiGLU.
  SILU(Activation.SILU),
  /// Makes half of the neurons zero.
  RELU(Activation.RELU),
  /// ReLU squared.
  RELU2(Activation.RELU_SQUARED),
  /// ReLU on the gate and on what it multiplies, which makes three quarters zero; transformers does
  /// not know it.
  DRELU(Activation.DOUBLE_RELU);

  private final Activation function;

  ActivationChoice(Activation function) {
    this.function = function;
  }

  /// What is computed.
  public Activation function() {
    return function;
  }
}
