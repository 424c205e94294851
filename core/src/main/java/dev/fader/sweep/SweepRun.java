package dev.fader.sweep;

import dev.fader.sweep.law.ScalingLaw;
import dev.fader.train.recipe.Recipe;
import dev.fader.train.recipe.RecipeRequest;
import java.util.Locale;
import java.util.OptionalInt;

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
    CHECK,
    /// One of the conditions of an experiment.
    EXPERIMENT;

    /// As files and programs have it.
    public String title() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /// A run of an experiment, which reads about so many tokens, to whole steps. The context and the
  /// optimizer, which else follow from the size, are those of a sweep's runs.
  ///
  /// @throws dev.fader.train.TrainingException if the recipe contradicts itself
  public static SweepRun of(
      String name, RecipeRequest recipe, double tokens, Recipe.Resources resources) {
    return new RunPlanner(resources, OptionalInt.empty())
        .run(name, RunPlanner.common(recipe), tokens);
  }

  SweepRun of(Purpose other, double amount) {
    return new SweepRun(name, other, amount, recipe, size, tokens, epochs, seconds);
  }

  /// Floating-point operations that it takes: its budget, to whole steps.
  public double flops() {
    return ScalingLaw.OPERATIONS * size * tokens;
  }
}
