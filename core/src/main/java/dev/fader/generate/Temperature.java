package dev.fader.generate;

import static dev.fader.generate.SamplerSettings.require;

/// The sampling temperature: logits are divided by it.
///
/// With a range it is llama.cpp's dynamic temperature: from `value - range` to `value + range` with
/// the normalised entropy of the remaining tokens, raised to the power of `exponent`.
///
/// @param value 0 takes the most probable token
/// @param range 0 for a constant temperature
/// @param exponent above 1 for lower temperatures, below for higher ones
public record Temperature(float value, float range, float exponent) {
  /// Temperature 1: the distribution as it is.
  public static final Temperature ONE = new Temperature(1);

  /// A constant temperature.
  public Temperature(float value) {
    this(value, 0, 1);
  }

  public Temperature {
    require(value >= 0 && Float.isFinite(value), "temperature", value, "at least 0");
    require(
        range >= 0 && Float.isFinite(range), "temperature range", range, "a number of at least 0");
    require(
        exponent >= 0 && Float.isFinite(exponent),
        "temperature exponent",
        exponent,
        "a number of at least 0");
  }

  /// The temperature for these candidates.
  double of(Candidates candidates) {
    if (range == 0 || candidates.count() <= 1) {
      return value;
    }
    double lowest = Math.max(0, value - range);
    double highest = (double) value + range;
    double certainty =
        entropy(candidates.probabilities(), candidates.count()) / Math.log(candidates.count());
    return lowest + (highest - lowest) * Math.pow(certainty, exponent);
  }

  /// Entropy of the first `count` in nats.
  static double entropy(double[] probabilities, int count) {
    double entropy = 0;
    for (int i = 0; i < count; i++) {
      double p = probabilities[i];
      if (p > 0) {
        entropy -= p * Math.log(p);
      }
    }
    return entropy;
  }
}
