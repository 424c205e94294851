package dev.fader.sweep;

import dev.fader.sweep.law.ScalingLaw;
import dev.fader.train.recipe.Recipe;
import java.util.Locale;

/// A run of a sweep, before it is done.
///
/// @param name of its folder, which no other run has
/// @param purpose what it is for
/// @param budget floating-point operations that it was made for
/// @param recipe all that it takes
/// @param size of its model, as in [dev.fader.sweep.law.Trial]
/// @param tokens that it learns from
/// @param epochs how often it reads the text
/// @param seconds that it will take, by the measured speed of the machine
public record SweepRun(
    String name,
    Purpose purpose,
    double budget,
    Recipe recipe,
    double size,
    double tokens,
    double epochs,
    double seconds) {
  /// What a run is for.
  public enum Purpose {
    /// One of the sizes at a budget, which the law is found from.
    LADDER,
    /// A setting that is changed.
    VARIATION,
    /// A larger run that the law is checked with.
    CHECK;

    /// As files and programs have it.
    public String title() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /// Floating-point operations that it takes: its budget, to whole steps.
  public double flops() {
    return ScalingLaw.OPERATIONS * size * tokens;
  }
}
