package dev.fader.inspect.plan;

import java.util.List;

/// The loss that a model of `n` parameters reaches after `d` tokens, `E + A / n^alpha + B / d^beta`
/// in nats per token (Hoffmann et al. 2022, "Chinchilla", approach 3). Fitted to dense models with
/// one text and one tokenizer: between models of another text it compares, it does not predict.
public record ScalingLaw(
    String name, double e, double a, double b, double alpha, double beta, String source) {
  /// The fit that agrees with Hoffmann's other two approaches.
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

  /// As in the source of the paper, with exponents of four digits.
  public static final ScalingLaw SOURCE =
      new ScalingLaw(
          "Hoffmann et al. 2022, TeX source",
          1.6934,
          406.4,
          410.7,
          0.3392,
          0.2849,
          "the TeX source of arXiv:2203.15556, as told by arXiv:2404.10102");

  /// "70 million to over 16 billion parameters" are the models that all three were fitted to
  /// (Hoffmann et al. 2022, abstract).
  public static final double SMALLEST = 70e6;

  public static final double LARGEST = 16e9;

  /// Whether models of this size are among those that the laws were fitted to.
  public static boolean isWithin(double parameters) {
    return parameters >= SMALLEST && parameters <= LARGEST;
  }

  /// The one that is believed first, then those that make the band.
  public static List<ScalingLaw> all() {
    return List.of(REFITTED, PRINTED, SOURCE);
  }

  /// A size and the text for it.
  public record Allocation(double parameters, double tokens) {}

  /// The expected loss.
  public double loss(double parameters, double tokens) {
    return e + a / Math.pow(parameters, alpha) + b / Math.pow(tokens, beta);
  }

  /// The least loss for `flops = 6 * parameters * tokens`.
  public Allocation optimum(double flops) {
    double parameters = ratio() * Math.pow(flops / 6, beta / (alpha + beta));
    return new Allocation(parameters, flops / 6 / parameters);
  }

  /// The tokens for which `parameters` are the best size.
  public double tokensFor(double parameters) {
    double sixth = Math.pow(parameters / ratio(), (alpha + beta) / beta);
    return sixth / parameters;
  }

  private double ratio() {
    return Math.pow(alpha * a / (beta * b), 1 / (alpha + beta));
  }
}
