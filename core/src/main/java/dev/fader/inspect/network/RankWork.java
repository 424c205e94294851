package dev.fader.inspect.network;

/// What training a model asks of a machine.
///
/// @param microbatch seconds of a forward and backward pass
/// @param update seconds of updating all numbers
/// @param trained numbers that are learned
/// @param gradientBytes of each gradient that is exchanged
/// @param weightBytes of each weight that is exchanged
/// @param bytesPerSecond of the memory in which gradients are added up
public record RankWork(
    double microbatch,
    double update,
    double trained,
    int gradientBytes,
    int weightBytes,
    double bytesPerSecond) {
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
