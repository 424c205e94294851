package dev.fader.sweep;

import dev.fader.train.TrainingException;
import dev.fader.train.recipe.Hyperparameter;
import dev.fader.train.recipe.RecipeRequest;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalDouble;

/// Which runs are wanted.
///
/// @param budgets floating-point operations of training, forward and backward, of a run: each is
///   spent on several sizes
/// @param sizes that are tried with each budget; empty for those around the best
/// @param variations what is changed in one run of the middle budget, the rest staying as it is
/// @param check a larger budget, at which one run more shows whether the law holds; empty for none
/// @param recipe what all runs have in common
public record SweepRequest(
    List<Double> budgets,
    List<Size> sizes,
    List<Variation> variations,
    OptionalDouble check,
    RecipeRequest recipe) {
  /// A hyperparameter of other values than the recipe's.
  public record Variation(Hyperparameter hyperparameter, List<Double> values) {
    public Variation {
      values = List.copyOf(values);
    }
  }

  /// A shape of a model, from which all its sizes follow.
  public record Size(int layers, int width) implements Comparable<Size> {
    public Size {
      TrainingException.require(
          layers >= 1 && width >= 1, "a size of %dx%d is no model: try 4x128", layers, width);
    }

    @Override
    public int compareTo(Size other) {
      return Comparator.comparingInt(Size::layers)
          .thenComparingInt(Size::width)
          .compare(this, other);
    }

    @Override
    public String toString() {
      return layers + "x" + width;
    }
  }

  private static final List<Hyperparameter> LENGTHS =
      List.of(
          Hyperparameter.STEPS,
          Hyperparameter.TOKENS,
          Hyperparameter.EPOCHS,
          Hyperparameter.MINUTES);

  private static final List<Hyperparameter> VARIED =
      List.of(Hyperparameter.DEPTH, Hyperparameter.LAYERS, Hyperparameter.WIDTH);

  /// @throws TrainingException if a budget is not a positive number, or the recipe has what the
  ///   sweep is to find
  public SweepRequest {
    budgets = budgets.stream().distinct().sorted().toList();
    sizes = sizes.stream().distinct().sorted().toList();
    variations = List.copyOf(variations);
    TrainingException.require(!budgets.isEmpty(), "a sweep needs a budget: try 1e12,3e12,1e13");
    budgets.forEach(budget -> requireBudget("budget", budget));
    double largest = budgets.getLast();
    check.ifPresent(budget -> {
      requireBudget("check", budget);
      TrainingException.require(
          budget > largest,
          "a check of %s is no larger than the largest budget, %s, which the law is found from: try %s",
          budget,
          largest,
          10 * largest);
    });
    for (var length : LENGTHS) {
      TrainingException.require(
          !recipe.has(length),
          "`%s` says how long one run is, and a sweep has many: leave it out",
          length.field());
    }
    for (var size : VARIED) {
      TrainingException.require(
          !recipe.has(size), "`%s` is what a sweep varies: leave it out", size.field());
    }
    TrainingException.require(
        recipe.preset().isEmpty(), "`preset` is one size, and a sweep has many: leave it out");
    for (var variation : variations) {
      TrainingException.require(
          !LENGTHS.contains(variation.hyperparameter()),
          "`%s` cannot vary: runs of equal budgets are compared",
          variation.hyperparameter().field());
    }
  }

  private static void requireBudget(String name, double flops) {
    TrainingException.require(
        flops > 0 && flops < Double.POSITIVE_INFINITY,
        "a %s of %s is no number of floating-point operations: try 1e13",
        name,
        flops);
  }
}
