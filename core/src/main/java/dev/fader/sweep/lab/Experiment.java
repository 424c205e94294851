package dev.fader.sweep.lab;

import dev.fader.inspect.count.ParameterCount;
import dev.fader.sweep.SweepRequest.Size;
import dev.fader.sweep.SweepRun;
import dev.fader.sweep.lab.Treatment.Kind;
import dev.fader.train.TrainingException;
import dev.fader.train.recipe.Architecture;
import dev.fader.train.recipe.Hyperparameter;
import dev.fader.train.recipe.Recipe;
import dev.fader.train.recipe.RecipeRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Conditions that are compared: all read the same number of tokens.
///
/// @param name such as `overfitting`
/// @param conditions in the order in which they are shown
/// @param tokens that each run reads
public record Experiment(String name, List<Condition> conditions, double tokens) {
  /// What a model learns from, and what model it is.
  ///
  /// @param name of the model and its training, which no other recipe of the experiment has
  /// @param row under which it is shown
  /// @param column under which it is shown
  /// @param treatment of the text
  /// @param recipe of the model and its training, but for the seed
  public record Condition(
      String name, String row, String column, Treatment treatment, RecipeRequest recipe) {
    /// All that its runs follow from, but for the seed.
    String key() {
      return treatment.folder() + "/" + name;
    }

    /// The run with a seed.
    SweepRun run(long seed, double tokens, Recipe.Resources resources) {
      return SweepRun.of(
          "%s-seed%d".formatted(name, seed),
          recipe.with(Hyperparameter.SEED, (double) seed),
          tokens,
          resources);
    }
  }

  /// What all conditions have in common.
  ///
  /// @param recipe of all
  /// @param tokens that each run reads
  public record Setting(RecipeRequest recipe, double tokens) {
    /// Dropout follows from how often a text is read, else, and would hide what that does.
    public Setting {
      TrainingException.require(
          tokens >= 1 && tokens < Double.POSITIVE_INFINITY,
          "runs of %s tokens learn nothing: try 1e6",
          tokens);
      recipe = recipe.with(Hyperparameter.DROPOUT, recipe.number(Hyperparameter.DROPOUT).orElse(0));
    }

    private RecipeRequest of(Size size) {
      return recipe
          .with(Hyperparameter.LAYERS, size.layers())
          .with(Hyperparameter.WIDTH, size.width());
    }
  }

  private static final int NARROWEST = 32;
  private static final int WIDEST = 2048;

  /// A network between a quarter and sixteen times as wide as the model is one that people use.
  private static final double FARTHEST = 0.25;

  public Experiment {
    conditions = List.copyOf(conditions);
    TrainingException.require(!conditions.isEmpty(), "an experiment needs something to compare");
  }

  /// Sizes against amounts of text, all read for equally long: a model that is too small for its
  /// text has a high loss on both what it read and what it did not; one that is too large, a low
  /// one on what it read.
  public static Experiment overfitting(Setting setting, List<Size> sizes, List<Double> shares) {
    var conditions = new ArrayList<Condition>();
    for (var size : sizes.stream().distinct().sorted().toList()) {
      for (double share : shares.stream().distinct().sorted().toList()) {
        conditions.add(
            new Condition(
                size.toString(),
                size.toString(),
                percent(share),
                new Treatment(Kind.PART, share),
                setting.of(size)));
      }
    }
    return new Experiment("overfitting", conditions, setting.tokens());
  }

  /// What copies, wrong letters and words in wrong order do to one size. What is held out stays
  /// clean.
  public static Experiment quality(Setting setting, Size size, List<Double> shares) {
    var conditions = new ArrayList<Condition>();
    for (var kind : List.of(Kind.DUPLICATES, Kind.NOISE, Kind.SHUFFLED)) {
      for (double share : shares.stream().distinct().sorted().toList()) {
        conditions.add(
            new Condition(
                size.toString(),
                kind.title(),
                percent(share),
                new Treatment(kind, share),
                setting.of(size)));
      }
    }
    return new Experiment("quality", conditions, setting.tokens());
  }

  /// What depth, kind, and what is shared do, at as many parameters as `size` has: the width of the
  /// feed-forward networks makes them equal.
  ///
  /// @throws TrainingException if a depth cannot have as many
  public static Experiment architecture(Setting setting, Size size, Recipe.Resources resources) {
    long parameters = parameters(setting.of(size), resources);
    var conditions = new ArrayList<Condition>();
    for (int layers : List.of(1, 2, 4, 8)) {
      conditions.add(named(depth(layers), equal(setting.recipe(), layers, parameters, resources)));
    }
    var choices = setting.recipe().choices();
    for (var architecture : List.of(Architecture.GPT2, Architecture.LLAMA, Architecture.QWEN3)) {
      var kind =
          new RecipeRequest.Choices(
              Optional.of(architecture),
              choices.schedule(),
              choices.optimizer(),
              Optional.of(true),
              choices.decayAll(),
              choices.recompute(),
              false);
      conditions.add(
          named(
              architecture.name().toLowerCase(Locale.ROOT) + ", tied",
              equal(setting.recipe().with(kind), size.layers(), parameters, resources)));
    }
    conditions.add(
        named(
            "one key head",
            equal(
                setting.recipe().with(Hyperparameter.KEY_VALUE_HEADS, 1),
                size.layers(),
                parameters,
                resources)));
    return new Experiment("architecture", conditions, setting.tokens());
  }

  private static String depth(int layers) {
    return "%d layer%s".formatted(layers, layers == 1 ? "" : "s");
  }

  private static Condition named(String name, RecipeRequest recipe) {
    return new Condition(name.replaceAll("[^a-z0-9]+", "-"), name, "", Treatment.NONE, recipe);
  }

  private static long parameters(RecipeRequest recipe, Recipe.Resources resources) {
    var model = SweepRun.of("", recipe, 1, resources).recipe().model();
    return ParameterCount.of(model).total();
  }

  /// Of the widths that can have so many parameters, the one whose feed-forward networks have to
  /// differ least from what is usual.
  private static RecipeRequest equal(
      RecipeRequest recipe, int layers, long parameters, Recipe.Resources resources) {
    Optional<RecipeRequest> best = Optional.empty();
    double least = -Math.log(FARTHEST);
    for (int width = NARROWEST; width <= WIDEST; width += NARROWEST) {
      var wide = recipe.with(Hyperparameter.LAYERS, layers).with(Hyperparameter.WIDTH, width);
      long usual = SweepRun.of("", wide, 1, resources).recipe().model().feedForward().width();
      var one = wide.with(Hyperparameter.FEED_FORWARD, (double) usual);
      long has = parameters(one, resources);
      long more = parameters(wide.with(Hyperparameter.FEED_FORWARD, usual + 1.0), resources) - has;
      long needed = usual + Math.round((double) (parameters - has) / more);
      if (needed < 1) {
        break;
      }
      double off = Math.abs(Math.log((double) needed / usual));
      if (off < least) {
        least = off;
        best = Optional.of(wide.with(Hyperparameter.FEED_FORWARD, (double) needed));
      }
    }
    return best.orElseThrow(() ->
        new TrainingException(
            "no model of %s has about %,d parameters: choose another of `sizes`"
                .formatted(depth(layers), parameters)));
  }

  private static String percent(double share) {
    double hundred = Math.round(share * 1e4) / 100.0;
    return hundred == Math.rint(hundred) ? "%.0f %%".formatted(hundred) : hundred + " %";
  }
}
