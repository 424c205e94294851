package dev.fader.train;

import java.util.OptionalLong;

/// The progress of a run, and an estimate of its total number of steps.
///
/// A budget of steps, tokens or epochs makes this a function of the step alone. A time budget is
/// converted into steps after every step, by the speed over its last twentieth or two, evaluations
/// and checkpoints included: the learning rate schedule ends when the time does, however slow the
/// first steps are.
final class Pace {
  private static final long UNKNOWN = Long.MAX_VALUE;
  static final int PARTS = 20;

  /// The first steps are slow: the JIT compiles and memory is faulted in.
  private static final int STEPS_BEFORE_MEASURING = 3;

  private static final int FEWEST_STEPS_MEASURED = 5;

  /// Evaluations and checkpoints may take a tenth of the time, not more.
  private static final double SHARE_OF_INTERRUPTIONS = 0.1;

  /// A number of steps, and the time at which they were done.
  private record Mark(long step, double seconds) {}

  private final double limitSeconds;
  private long horizon;
  private Mark measuredFrom = new Mark(0, 0);
  private Mark latest = new Mark(0, 0);
  private double interruptedUntil;
  private double interruption;

  /// @param horizon total steps from a checkpoint; ignored where the budget fixes them
  Pace(TrainingBudget budget, long tokensPerStep, long tokensPerEpoch, OptionalLong horizon) {
    this.limitSeconds =
        budget instanceof TrainingBudget.Minutes minutes
            ? minutes.seconds()
            : Double.POSITIVE_INFINITY;
    this.horizon = budget.steps(tokensPerStep, tokensPerEpoch).orElse(horizon.orElse(UNKNOWN));
  }

  private boolean isTimed() {
    return limitSeconds < Double.POSITIVE_INFINITY;
  }

  /// Starts the clock at `step` steps and `seconds`; measuring begins a few steps later.
  void start(long step, double seconds) {
    interruptedUntil = seconds;
    measuredFrom = new Mark(step + STEPS_BEFORE_MEASURING, seconds);
    latest = measuredFrom;
  }

  /// Records a completed step.
  void update(long step, double seconds) {
    if (!isTimed() || step < measuredFrom.step) {
      return;
    }
    if (step == measuredFrom.step) {
      measuredFrom = new Mark(step, seconds);
      latest = measuredFrom;
      return;
    }
    long steps = step - measuredFrom.step;
    if (steps >= FEWEST_STEPS_MEASURED) {
      double left = Math.max(0, limitSeconds - interruption - seconds);
      horizon = step + Math.round(left * steps / (seconds - measuredFrom.seconds));
    }
    boolean partIsOver = seconds - latest.seconds >= limitSeconds / PARTS;
    if (partIsOver && step - latest.step >= FEWEST_STEPS_MEASURED) {
      measuredFrom = latest;
      latest = new Mark(step, seconds);
    }
  }

  /// Records a completed evaluation or checkpoint that began at `from` seconds. The longest recent
  /// one is reserved for after the last step.
  void interrupted(double from, double seconds) {
    interruption = Math.max(interruption / 2, seconds - from);
    interruptedUntil = seconds;
  }

  /// Total steps of the run, if known yet.
  OptionalLong horizon() {
    return horizon == UNKNOWN ? OptionalLong.empty() : OptionalLong.of(horizon);
  }

  /// Total steps for the schedule; a run of unknown length counts as just begun.
  long horizonOrLong() {
    return horizon;
  }

  /// Which twentieth of the run has been reached.
  long part(long step, double seconds) {
    return isTimed()
        ? (long) (PARTS * Math.min(1, seconds / limitSeconds))
        : Math.multiplyExact(PARTS, step) / horizon;
  }

  /// Whether there is time to evaluate: always, unless that alone would use up the time.
  boolean affordsInterruption(double seconds) {
    return !isTimed() || (seconds - interruptedUntil) * SHARE_OF_INTERRUPTIONS >= interruption;
  }

  boolean isOver(long step, double seconds) {
    return isTimed() ? seconds + interruption >= limitSeconds : step >= horizon;
  }
}
