package dev.fader.kernel.row;

/// The functions between the two projections of a feed-forward network.
public enum Activation {
  /// `x * Phi(x)` with the exact normal distribution (Hendrycks and Gimpel 2016).
  GELU("gelu"),
  /// GELU through a tanh, as in GPT-2 and Gemma.
  GELU_TANH("gelu_pytorch_tanh"),
  /// `x * sigmoid(x)`, also called swish.
  SILU("silu"),
  /// GELU through a logistic, `x * sigmoid(1.702 x)` (Hendrycks and Gimpel 2016).
  QUICK_GELU("quick_gelu"),
  /// `max(x, 0)`.
  RELU("relu"),
  /// `max(x, 0)` squared (Primer, So et al. 2021).
  RELU_SQUARED("relu2"),
  /// `max(gate, 0) * max(up, 0)`: ReLU on both projections of a gated network (Song et al. 2024,
  /// arXiv:2406.05955); of one number, ReLU.
  DOUBLE_RELU("drelu");

  private final String title;

  Activation(String title) {
    this.title = title;
  }

  /// Its name in files and options: transformers', but for `drelu`, which that does not know.
  public String title() {
    return title;
  }
}
