package dev.fader.train;

import java.util.OptionalLong;

/// How far a run has come, and how many steps it will be.
///
/// A budget of steps, tokens or epochs makes this a function of the step alone. A budget of time is
/// turned into steps by the speed since the last estimate, evaluations and checkpoints included;
/// estimates are made anew every twentieth of the time, so that the schedule of the learning rate
/// ends when the time does.
final class Pace {
  private static final long UNKNOWN = Long.MAX_VALUE;
  private static final int PARTS = 20;

  /// The first steps compile and fault in memory.
  private static final int STEPS_BEFORE_ESTIMATE = 5;

  private static final double SHARE_BEFORE_ESTIMATE = 0.01;

  private final double limitSeconds;
  private long horizon;
  private long estimatedAtStep;
  private double estimatedAtSeconds;
  private double reservedSeconds;

  /// @param horizon what a checkpoint says; ignored where the budget knows better
  Pace(Budget budget, long tokensPerStep, long tokensPerEpoch, OptionalLong horizon) {
    this.limitSeconds =
        budget instanceof Budget.Minutes minutes ? minutes.seconds() : Double.POSITIVE_INFINITY;
    this.horizon = budget.steps(tokensPerStep, tokensPerEpoch).orElse(horizon.orElse(UNKNOWN));
  }

  private boolean isTimed() {
    return limitSeconds < Double.POSITIVE_INFINITY;
  }

  /// Begins measuring: `step` steps and `seconds` have gone by.
  void start(long step, double seconds) {
    estimatedAtStep = step;
    estimatedAtSeconds = seconds;
  }

  /// Keeps time for what follows the last step: an evaluation and a checkpoint.
  void reserve(double seconds) {
    reservedSeconds = Math.max(reservedSeconds, seconds);
  }

  /// Estimates anew if it is time to.
  void update(long step, double seconds) {
    if (!isTimed()) {
      return;
    }
    long steps = step - estimatedAtStep;
    double elapsed = seconds - estimatedAtSeconds;
    double share = horizon == UNKNOWN ? SHARE_BEFORE_ESTIMATE : 1.0 / PARTS;
    if (steps >= STEPS_BEFORE_ESTIMATE && elapsed >= share * limitSeconds) {
      double left = Math.max(0, limitSeconds - reservedSeconds - seconds);
      horizon = step + Math.round(left * steps / elapsed);
      start(step, seconds);
    }
  }

  /// Steps of the whole run, if known by now.
  OptionalLong horizon() {
    return horizon == UNKNOWN ? OptionalLong.empty() : OptionalLong.of(horizon);
  }

  /// For the schedule: a run of unknown length has only begun.
  long horizonOrLong() {
    return horizon;
  }

  /// Which twentieth of the run has been reached.
  long part(long step, double seconds) {
    return isTimed()
        ? (long) (PARTS * Math.min(1, seconds / limitSeconds))
        : Math.multiplyExact(PARTS, step) / horizon;
  }

  boolean isOver(long step, double seconds) {
    return isTimed() ? seconds + reservedSeconds >= limitSeconds : step >= horizon;
  }
}
