package dev.fader.sweep.law;

/// `L(N, D) = E + A / N^alpha + B / D^beta`: what a model of size N loses after D tokens (Hoffmann
/// et al. 2022, equation 2). E is what no model can know of the text, the second term what a model
/// is too small for, the third what too little text has taught.
///
/// @param irreducible E, in nats for each token
/// @param sizeFactor A
/// @param sizeExponent alpha
/// @param textFactor B
/// @param textExponent beta
public record ScalingLaw(
    double irreducible,
    double sizeFactor,
    double sizeExponent,
    double textFactor,
    double textExponent) {
  /// Training takes six operations for each parameter and token: two forward, four backward.
  public static final double OPERATIONS = 6;

  /// How an amount of arithmetic is spent best.
  ///
  /// @param size of the model, as in [Trial]
  /// @param tokens to learn from
  /// @param loss that is expected
  public record Optimum(double size, double tokens, double loss) {}

  /// The expected loss of a model of `size` after `tokens`.
  public double loss(double size, double tokens) {
    return irreducible
        + sizeFactor * Math.pow(size, -sizeExponent)
        + textFactor * Math.pow(tokens, -textExponent);
  }

  /// The size and the number of tokens that `flops` floating-point operations of training are spent
  /// best on (equation 4 there).
  public Optimum optimum(double flops) {
    double sum = sizeExponent + textExponent;
    double balance = Math.pow(sizeExponent * sizeFactor / (textExponent * textFactor), 1 / sum);
    double pairs = flops / OPERATIONS; // of a parameter and a token
    double size = balance * Math.pow(pairs, textExponent / sum);
    double tokens = pairs / size;
    return new Optimum(size, tokens, loss(size, tokens));
  }
}
