package dev.fader.inspect.speed;

/// How fast a test was.
///
/// @param tokensPerSecond of all sequences together, the mean over repetitions
/// @param spread their standard deviation, 0 for one repetition
/// @param bytesPerSecond weights, and keys and values that are in the cache already, read by the
///   passes that this takes at least
/// @param flopsPerSecond operations of the matrix products and of attention; a multiply-add counts
///   as two
public record MeasuredSpeed(
    SpeedTest test,
    double tokensPerSecond,
    double spread,
    double bytesPerSecond,
    double flopsPerSecond) {

  static MeasuredSpeed of(SpeedTest test, double[] seconds, ModelWork work) {
    double mean = 0;
    for (double one : seconds) {
      mean += test.allTokens() / one / seconds.length;
    }
    double squares = 0;
    for (double one : seconds) {
      double difference = test.allTokens() / one - mean;
      squares += difference * difference;
    }
    return new MeasuredSpeed(
        test,
        mean,
        seconds.length == 1 ? 0 : Math.sqrt(squares / (seconds.length - 1)),
        work.bytes(test) * mean / test.allTokens(),
        work.flops(test) * mean / test.allTokens());
  }
}
