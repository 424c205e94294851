package dev.fader.sweep.law;

/// A run that was done: a point that a law goes through.
///
/// @param size of the model: floating-point operations of training for each token, by six, which is
///   the number of parameters that every token is multiplied with, and its part of attention
/// @param tokens that were learned from
/// @param loss on text that was held out, in nats for each token
public record Trial(double size, double tokens, double loss) {
  /// @throws IllegalArgumentException if one of them is not a positive number
  public Trial {
    require("size", size);
    require("tokens", tokens);
    require("loss", loss);
  }

  private static void require(String name, double value) {
    if (!(value > 0 && value < Double.POSITIVE_INFINITY)) {
      throw new IllegalArgumentException(
          "the %s of a trial is %s, and must be a positive number".formatted(name, value));
    }
  }
}
