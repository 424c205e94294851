package dev.fader.train;

import static dev.fader.train.SettingChecks.notNegative;
import static dev.fader.train.SettingChecks.positive;
import static dev.fader.train.TrainingException.require;

/// The learning rate as a function of the step: a linear rise, then a shape that ends with the run.
///
/// @param shape what follows the rise
/// @param peak the highest learning rate
/// @param floor the learning rate that the shape ends at
/// @param warmup steps of the rise, 0 for none
public record Schedule(Shape shape, double peak, double floor, long warmup) {
  /// The last part of a run, in which [Shape#WSD] decays (Hägele et al. 2024 find a fifth enough).
  private static final double DECAYING_PART = 0.2;

  /// The decay of the learning rate after warmup.
  public enum Shape {
    /// Half a cosine wave (Loshchilov and Hutter 2017).
    COSINE,
    /// A straight line.
    LINEAR,
    /// Not at all.
    CONSTANT,
    /// Stable, then decaying as one minus a square root over the last fifth (Hägele et al. 2024).
    WSD
  }

  public Schedule {
    positive("learning rate", peak, "try 0.001");
    notNegative("smallest learning rate", floor, "try 0");
    require(
        floor <= peak,
        "smallest learning rate %s is above the learning rate %s: choose at most that",
        floor,
        peak);
    SettingChecks.atLeast(0, "warmup", warmup);
  }

  /// The learning rate of the step after `step` steps, in a run of `horizon`.
  public double at(long step, long horizon) {
    long rise = Math.min(warmup, horizon / 2);
    if (step < rise) {
      return peak * (step + 1) / (rise + 1);
    }
    double progress = horizon <= rise ? 1 : Math.min(1, (double) (step - rise) / (horizon - rise));
    return floor + (peak - floor) * remaining(progress);
  }

  /// The learning rate as a fraction of the way from floor to peak, after `progress` (0 to 1) of
  /// the shape.
  private double remaining(double progress) {
    return switch (shape) {
      case COSINE -> 0.5 * (1 + StrictMath.cos(Math.PI * progress));
      case LINEAR -> 1 - progress;
      case CONSTANT -> 1;
      case WSD -> {
        double decayed = (progress - (1 - DECAYING_PART)) / DECAYING_PART;
        yield decayed <= 0 ? 1 : 1 - Math.sqrt(decayed);
      }
    };
  }
}
