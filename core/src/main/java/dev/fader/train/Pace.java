package dev.fader.train;

import java.util.OptionalLong;

/// How far a run has come, and how many steps it will be.
///
/// A budget of steps, tokens or epochs makes this a function of the step alone. A budget of time is
/// turned into steps by the speed over the last twentieth or two of it, evaluations and checkpoints
/// included, anew after each step: the schedule of the learning rate ends when the time does,
/// however slow the first steps are.
final class Pace {
  private static final long UNKNOWN = Long.MAX_VALUE;
  private static final int PARTS = 20;

  /// The first steps compile and fault in memory.
  private static final int STEPS_BEFORE_MEASURING = 3;

  private static final int FEWEST_STEPS_MEASURED = 5;

  /// What follows a step may take a tenth of the time, not more.
  private static final double SHARE_OF_INTERRUPTIONS = 0.1;

  /// When so many steps were done.
  private record Mark(long step, double seconds) {}

  private final double limitSeconds;
  private long horizon;
  private Mark measuredFrom = new Mark(0, 0);
  private Mark latest = new Mark(0, 0);
  private double interruptedUntil;
  private double interruption;

  /// @param horizon what a checkpoint says; ignored where the budget knows better
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

  /// Begins measuring, soon after this: `step` steps and `seconds` have gone by.
  void start(long step, double seconds) {
    interruptedUntil = seconds;
    measuredFrom = new Mark(step + STEPS_BEFORE_MEASURING, seconds);
    latest = measuredFrom;
  }

  /// Takes note of a step that is done.
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

  /// Takes note of an evaluation or a checkpoint that began at `from` seconds and is done. As much
  /// time as the longest of late is kept for what follows the last step.
  void interrupted(double from, double seconds) {
    interruption = Math.max(interruption / 2, seconds - from);
    interruptedUntil = seconds;
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

  /// Whether there is time to evaluate: always, unless that alone would use up the time.
  boolean affordsInterruption(double seconds) {
    return !isTimed() || (seconds - interruptedUntil) * SHARE_OF_INTERRUPTIONS >= interruption;
  }

  boolean isOver(long step, double seconds) {
    return isTimed() ? seconds + interruption >= limitSeconds : step >= horizon;
  }
}
