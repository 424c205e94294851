package dev.fader.tune;

/// How much a model is to prefer the better of two answers (Rafailov et al. 2023, arXiv:2305.18290,
/// and its variants).
///
/// @param variant of the loss
/// @param beta how strongly the reference model holds the tuned one back
/// @param smoothing the share of pairs that are taken to be labelled the wrong way round
public record PreferenceMethod(Variant variant, double beta, double smoothing) {
  /// A loss of the margin `z = beta * (ln p(chosen) - ln p(rejected))`, each relative to the
  /// reference.
  public enum Variant {
    /// `-ln sigmoid(z)`: DPO.
    SIGMOID,
    /// `max(0, 1 - z)` (Zhao et al. 2023, arXiv:2305.10425).
    HINGE,
    /// `(m - 1 / (2 beta))^2` for the margin m of mean log-probabilities without beta (Azar et al.
    /// 2023, arXiv:2310.12036).
    IPO
  }

  /// DPO as it was published.
  public static final PreferenceMethod STANDARD = new PreferenceMethod(Variant.SIGMOID, 0.1, 0);

  public PreferenceMethod {
    if (!(beta > 0) || Double.isInfinite(beta)) {
      throw new IllegalArgumentException(
          "beta is %s, and must be positive: try 0.1".formatted(beta));
    }
    if (!(smoothing >= 0 && smoothing < 0.5)) {
      throw new IllegalArgumentException(
          "label smoothing is %s, and must be from 0 to below 0.5".formatted(smoothing));
    }
  }

  /// The loss of a margin.
  public double loss(double margin) {
    return switch (variant) {
      case SIGMOID ->
          (1 - smoothing) * softplus(-beta * margin) + smoothing * softplus(beta * margin);
      case HINGE -> Math.max(0, 1 - beta * margin);
      case IPO -> (margin - 1 / (2 * beta)) * (margin - 1 / (2 * beta));
    };
  }

  /// Its slope.
  public double slope(double margin) {
    return switch (variant) {
      case SIGMOID ->
          beta * (smoothing * sigmoid(beta * margin) - (1 - smoothing) * sigmoid(-beta * margin));
      case HINGE -> beta * margin < 1 ? -beta : 0;
      case IPO -> 2 * (margin - 1 / (2 * beta));
    };
  }

  /// Whether log-probabilities are divided by the number of tokens.
  boolean isByToken() {
    return variant == Variant.IPO;
  }

  private static double softplus(double x) {
    return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }
}
