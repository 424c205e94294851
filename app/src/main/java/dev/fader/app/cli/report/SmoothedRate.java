package dev.fader.app.cli.report;

/// Tokens per second over the last while, without the time that evaluations took in one step.
final class SmoothedRate {
  private static final double KEPT = 0.95;

  private double tokens;
  private double seconds;
  private double firstSeconds = Double.NaN;
  private double rate = Double.NaN;
  private long steps;

  void add(long totalTokens, double totalSeconds) {
    if (Double.isNaN(firstSeconds)) {
      firstSeconds = totalSeconds;
    } else if (totalSeconds > seconds) {
      double now = (totalTokens - tokens) / (totalSeconds - seconds);
      rate = Double.isNaN(rate) ? now : KEPT * rate + (1 - KEPT) * now;
      steps++;
    }
    tokens = totalTokens;
    seconds = totalSeconds;
  }

  /// Whether there is one yet: the first step says nothing of the others.
  boolean isKnown() {
    return !Double.isNaN(rate);
  }

  double perSecond() {
    return isKnown() ? rate : 0;
  }

  /// Seconds per step since the start, evaluations included: what the rest will take too.
  double secondsPerStep() {
    return steps == 0 ? 0 : (seconds - firstSeconds) / steps;
  }
}
