package dev.fader.inspect.plan;

import java.util.List;

/// The loss of a model with `n` parameters after `d` tokens, `E + A / n^alpha + B / d^beta` in nats
/// per token (Hoffmann et al. 2022, "Chinchilla", approach 3). Fitted to dense models with one data
/// set and tokenizer: losses on other data are comparable with each other, but not predicted.
public record ScalingLaw(
    String name, double e, double a, double b, double alpha, double beta, String source) {
  /// The fit that is consistent with Hoffmann's other two approaches.
  public static final ScalingLaw REFITTED =
      new ScalingLaw(
          "Besiroglu et al. 2024",
          1.8172,
          482.01,
          2085.43,
          0.3478,
          0.3658,
          "arXiv:2404.10102, a new fit to the data of Hoffmann et al.");

  /// As printed, with rounded exponents.
  public static final ScalingLaw PRINTED =
      new ScalingLaw(
          "Hoffmann et al. 2022, as printed",
          1.69,
          406.4,
          410.7,
          0.34,
          0.28,
          "arXiv:2203.15556, equation 10");

  /// As in the source of the paper, with four-digit exponents.
  public static final ScalingLaw SOURCE =
      new ScalingLaw(
          "Hoffmann et al. 2022, TeX source",
          1.6934,
          406.4,
          410.7,
          0.3392,
          0.2849,
          "the TeX source of arXiv:2203.15556, as told by arXiv:2404.10102");

  /// All three laws were fitted to models of "70 million to over 16 billion parameters" (Hoffmann
  /// et al. 2022, abstract).
  public static final double SMALLEST = 70e6;

  public static final double LARGEST = 16e9;

  /// Whether models of this size are within the fitted range.
  public static boolean isWithin(double parameters) {
    return parameters >= SMALLEST && parameters <= LARGEST;
  }

  /// The preferred law first, then those for the uncertainty.
  public static List<ScalingLaw> all() {
    return List.of(REFITTED, PRINTED, SOURCE);
  }

  /// A model size and number of tokens.
  public record Allocation(double parameters, double tokens) {}

  /// The expected loss.
  public double loss(double parameters, double tokens) {
    return e + a / Math.pow(parameters, alpha) + b / Math.pow(tokens, beta);
  }

  /// The size with the lowest loss for `flops = 6 * parameters * tokens`.
  public Allocation optimum(double flops) {
    double parameters = ratio() * Math.pow(flops / 6, beta / (alpha + beta));
    return new Allocation(parameters, flops / 6 / parameters);
  }

  /// The number of tokens for which `parameters` is the optimal size.
  public double tokensFor(double parameters) {
    double sixth = Math.pow(parameters / ratio(), (alpha + beta) / beta);
    return sixth / parameters;
  }

  private double ratio() {
    return Math.pow(alpha * a / (beta * b), 1 / (alpha + beta));
  }
}
