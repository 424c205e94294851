package dev.fader.sweep;

import dev.fader.sweep.SweepRequest.Size;
import dev.fader.sweep.SweepRequest.Variation;
import dev.fader.sweep.SweepRun.Purpose;
import dev.fader.train.TrainingException;
import dev.fader.train.recipe.Hyperparameter;
import dev.fader.train.recipe.Recipe;
import dev.fader.train.recipe.RecipeRequest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;

/// The runs of a sweep.
///
/// At each budget several sizes are trained for as long as the budget lasts, so that too small a
/// model and too short a run both show (the second approach of Hoffmann et al. 2022). What they do
/// not differ in by intention is the same for all: the context, which else grows with the depth,
/// and the optimizer, which else follows the size of a step. The learning rate and the batch follow
/// the recipe, by width and length.
public final class SweepPlan {
  /// Reading a text up to four times teaches as much as new text, and more teaches less
  /// (Muennighoff et al. 2023): a law of new text does not hold then.
  public static final double MOST_EPOCHS = 4;

  /// Tokens for each unit of size, around which sizes are tried: the best of small ladders had from
  /// 5 to 10 (docs/sweep.md), Hoffmann et al. found 20 for large models.
  private static final double TOKENS_PER_SIZE = 10;

  /// Sizes whose number of tokens is further from that, as a factor, say little of the best.
  private static final double FARTHEST = 8;

  private static final int MOST_SIZES = 5;
  private static final int DEEPEST = 24;
  private static final int DEEPEST_BETWEEN = 5;

  private final List<SweepRun> runs;
  private final Optional<SweepRun> base;
  private final List<String> notices;

  private SweepPlan(List<SweepRun> runs, Optional<SweepRun> base, List<String> notices) {
    this.runs = List.copyOf(runs);
    this.base = base;
    this.notices = List.copyOf(notices);
  }

  /// Plans the runs of a request.
  ///
  /// @param end the token that ends a text, if the tokenizer has one
  /// @throws TrainingException if no size fits a budget, or the recipe contradicts itself
  public static SweepPlan of(SweepRequest request, Recipe.Resources resources, OptionalInt end) {
    return new Planner(request, resources, end).plan();
  }

  /// All runs but the check, whose size follows from the others: budgets ascending, sizes
  /// ascending, then the variations.
  public List<SweepRun> runs() {
    return runs;
  }

  /// The run that variations differ from: of the middle budget, the size that is nearest to the
  /// usual best; empty if that budget has none.
  public Optional<SweepRun> base() {
    return base;
  }

  /// A run like another, of the same size and budget, on another text or with another tokenizer.
  ///
  /// @param what is other, as a part of its name
  /// @param resources with the other text
  public static SweepRun varied(
      SweepRequest request, SweepRun base, String what, Recipe.Resources resources) {
    return new Planner(request, resources, OptionalInt.empty()).varied(base, what);
  }

  /// What was left out, a line each.
  public List<String> notices() {
    return notices;
  }

  /// Seconds that all of it will take by the measured speed of the machine.
  public double seconds() {
    return runs.stream().mapToDouble(SweepRun::seconds).sum();
  }

  /// The run whose size is nearest to `size`, at the budget of a check.
  ///
  /// @throws TrainingException if no size fits it
  public static SweepRun check(
      SweepRequest request, Recipe.Resources resources, OptionalInt end, double size) {
    return new Planner(request, resources, end).check(size);
  }

  private static final class Planner {
    private final SweepRequest request;
    private final Recipe.Resources resources;
    private final RunPlanner planner;
    private final RecipeRequest common;
    private final List<String> notices = new ArrayList<>();

    Planner(SweepRequest request, Recipe.Resources resources, OptionalInt end) {
      this.request = request;
      this.resources = resources;
      this.planner = new RunPlanner(resources, end);
      this.common = RunPlanner.common(request.recipe());
    }

    SweepPlan plan() {
      var runs = new ArrayList<SweepRun>();
      for (double budget : request.budgets()) {
        runs.addAll(ladder(budget));
      }
      TrainingException.require(
          !runs.isEmpty(),
          "no size fits these budgets: %s",
          notices.isEmpty()
              ? "with %s the smallest model reads too little text: try larger ones, or say `sizes`"
                  .formatted(number(request.budgets().getLast()))
              : notices.getFirst());
      double middle = request.budgets().get((request.budgets().size() - 1) / 2);
      var base =
          runs.stream()
              .filter(run -> run.budget() == middle)
              .min(Comparator.comparingDouble(Planner::distance));
      if (base.isPresent()) {
        for (var variation : request.variations()) {
          runs.addAll(varied(base.get(), variation));
        }
      }
      return new SweepPlan(runs, base, notices);
    }

    private List<SweepRun> ladder(double budget) {
      var candidates = new ArrayList<SweepRun>();
      boolean given = !request.sizes().isEmpty();
      int repeated = 0;
      for (var size : given ? request.sizes() : sizes()) {
        var run = run(budget, Purpose.LADDER, of(size), size.toString());
        if (run.epochs() > MOST_EPOCHS) {
          repeated++;
        } else if (given || distance(run) <= Math.log(FARTHEST)) {
          candidates.add(run);
        }
      }
      if (repeated > 0 && (given || candidates.size() < MOST_SIZES)) {
        notices.add(
            String.format(
                Locale.ROOT,
                "budget %s: %d %s would read the text of %,d tokens more than %.0f times and %s left"
                    + " out; more text would allow them",
                number(budget),
                repeated,
                repeated == 1 ? "size" : "sizes",
                resources.trainingTokens(),
                MOST_EPOCHS,
                repeated == 1 ? "is" : "are"));
      }
      if (given) {
        return candidates;
      }
      return candidates.stream()
          .sorted(Comparator.comparingDouble(Planner::distance))
          .limit(MOST_SIZES)
          .sorted(Comparator.comparingDouble(SweepRun::size))
          .toList();
    }

    private RecipeRequest of(Size size) {
      return common
          .with(Hyperparameter.LAYERS, size.layers())
          .with(Hyperparameter.WIDTH, size.width());
    }

    /// Those of the recipe's depths, and while these are far apart, each as wide as the next, too.
    private static List<Size> sizes() {
      var sizes = new ArrayList<Size>();
      for (int layers = 1; layers <= DEEPEST; layers++) {
        sizes.add(new Size(layers, Recipe.width(layers)));
        if (layers <= DEEPEST_BETWEEN) {
          sizes.add(new Size(layers, Recipe.width(layers + 1)));
        }
      }
      return sizes;
    }

    private List<SweepRun> varied(SweepRun base, Variation variation) {
      var made = new ArrayList<SweepRun>();
      var setting = variation.hyperparameter();
      var size = size(base);
      for (double value : variation.values()) {
        made.add(
            run(
                base.budget(),
                Purpose.VARIATION,
                of(size).with(setting, value),
                "%s-%s-%s".formatted(size, setting.field(), number(value))));
      }
      return made;
    }

    SweepRun varied(SweepRun base, String what) {
      var size = size(base);
      return run(base.budget(), Purpose.VARIATION, of(size), size + "-" + what);
    }

    private static Size size(SweepRun run) {
      var model = run.recipe().model();
      return new Size(model.layers(), model.width());
    }

    SweepRun check(double size) {
      double budget = request.check().orElseThrow();
      SweepRun best = null;
      for (var candidate : sizes()) {
        var run = run(budget, Purpose.CHECK, of(candidate), candidate.toString());
        boolean nearer =
            best == null
                || Math.abs(Math.log(run.size() / size)) < Math.abs(Math.log(best.size() / size));
        if (run.epochs() <= MOST_EPOCHS && nearer) {
          best = run;
        }
      }
      TrainingException.require(
          best != null,
          "the check of %s operations would read the text more than %.0f times: it takes more text",
          number(budget),
          MOST_EPOCHS);
      return Objects.requireNonNull(best);
    }

    /// How far its tokens for each unit of size are from what is usually best, as a logarithm.
    private static double distance(SweepRun run) {
      return Math.abs(Math.log(run.tokens() / run.size() / TOKENS_PER_SIZE));
    }

    private SweepRun run(double budget, Purpose purpose, RecipeRequest request, String name) {
      double affordable = Math.max(1, Math.floor(budget / planner.flops(request)));
      return planner
          .run("%s-%s".formatted(number(budget), name), request, affordable)
          .of(purpose, budget);
    }

    private static String number(double value) {
      return RunPlanner.number(value);
    }
  }
}
