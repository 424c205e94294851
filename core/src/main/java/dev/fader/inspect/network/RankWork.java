package dev.fader.inspect.network;

/// What training a model asks of a machine.
///
/// @param microbatch seconds of a forward and backward pass
/// @param update seconds of updating all numbers
/// @param trained numbers that are learned
/// @param late the part of them whose gradients are complete only when the backward pass is over:
///   of what is outside of layers, and of the first layer; 1 where that is not known
/// @param gradientBytes of each gradient that is exchanged
/// @param weightBytes of each weight that is exchanged
/// @param bytesPerSecond of the memory in which gradients are added up
public record RankWork(
    double microbatch,
    double update,
    double trained,
    double late,
    int gradientBytes,
    int weightBytes,
    double bytesPerSecond) {
  private static final double BACKWARD = 2 / 3.0; // of a pass forward and backward

  /// Checks the part.
  public RankWork {
    if (!(late >= 0 && late <= 1)) {
      throw new IllegalArgumentException("a part of %s: give one from 0 to 1".formatted(late));
    }
  }

  double backward() {
    return BACKWARD * microbatch;
  }

  double forward() {
    return microbatch - backward();
  }

  double gradients() {
    return trained * gradientBytes;
  }

  double weights() {
    return trained * weightBytes;
  }

  /// Seconds of adding one gradient of all numbers to a sum: both are read, one is written.
  double addition() {
    return 3 * gradients() / bytesPerSecond;
  }
}
