package dev.fader.train.recipe;

import dev.fader.train.TrainingException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Collects the choices of a recipe: what the user set, or else what was derived.
public final class DecisionLog {
  /// Products of a few sizes up to this still fit a `long`.
  private static final long LARGEST_SIZE = 1 << 20;

  private static final long MOST_LAYERS = 1000;

  private final RecipeRequest request;
  private final List<Recipe.Decision> made = new ArrayList<>();

  public DecisionLog(RecipeRequest request) {
    this.request = request;
  }

  /// The number the user set, else `derived`.
  public double number(Hyperparameter setting, double derived, String reason) {
    var given = request.number(setting);
    double value = given.orElse(derived);
    note(setting.field(), text(value), given.isPresent() ? Recipe.Decision.BY_HAND : reason);
    return value;
  }

  /// The number the user set, else `derived`; from 1 to [#LARGEST_SIZE], or [#MOST_LAYERS] for
  /// layers.
  public int size(Hyperparameter setting, long derived, String reason) {
    requireBetween(setting, 1, setting == Hyperparameter.LAYERS ? MOST_LAYERS : LARGEST_SIZE);
    return Math.toIntExact(count(setting, derived, reason, 1));
  }

  /// The number the user set, else `derived`; at least `least`.
  public long count(Hyperparameter setting, long derived, String reason, long least) {
    requireBetween(setting, least, Integer.MAX_VALUE);
    return (long) number(setting, (double) derived, reason);
  }

  private void requireBetween(Hyperparameter setting, long least, long most) {
    double given = request.number(setting).orElse((double) least);
    TrainingException.require(
        given >= least && given <= most,
        "`%s` is %.0f, and must be from %d to %d: choose one between",
        setting.field(),
        given,
        least,
        most);
  }

  /// The choice the user made, else `derived`.
  public <T extends Enum<T>> T choice(String name, Optional<T> given, T derived, String reason) {
    T value = given.orElse(derived);
    note(
        name,
        value.name().toLowerCase(Locale.ROOT),
        given.isPresent() ? Recipe.Decision.BY_HAND : reason);
    return value;
  }

  /// A choice that no setting makes.
  public void note(String name, String value, String reason) {
    made.add(new Recipe.Decision(name, value, reason));
  }

  /// All choices, in the order they were made.
  public List<Recipe.Decision> made() {
    return List.copyOf(made);
  }

  private static String text(double value) {
    return value == Math.rint(value) && Math.abs(value) < 1e15
        ? String.format(Locale.ROOT, "%.0f", value)
        : Double.toString(value).replace(".0E", "e").replace('E', 'e');
  }
}
