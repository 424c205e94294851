package dev.fader.tune.recipe;

import dev.fader.model.ModelConfig;
import dev.fader.model.adapter.AdaLoraMethod;
import dev.fader.model.adapter.AdapterMethod;
import dev.fader.model.adapter.BiasMethod;
import dev.fader.model.adapter.FullMethod;
import dev.fader.model.adapter.Ia3Method;
import dev.fader.model.adapter.NormMethod;
import dev.fader.model.adapter.PrefixMethod;
import dev.fader.model.adapter.PromptMethod;
import dev.fader.model.adapter.TokensMethod;
import dev.fader.model.adapter.VeraMethod;
import dev.fader.train.OptimizerConfig;
import dev.fader.train.Schedule;
import dev.fader.train.TrainingBudget;
import dev.fader.train.TrainingConfig;
import dev.fader.train.TrainingConfig.Batching;
import dev.fader.train.TrainingException;
import dev.fader.train.recipe.DecisionLog;
import dev.fader.train.recipe.Hyperparameter;
import dev.fader.train.recipe.Recipe.Decision;
import dev.fader.train.recipe.RecipeRequest;
import dev.fader.tune.TuningData.Counts;
import dev.fader.tune.TuningTask;
import java.util.List;
import java.util.function.Predicate;

/// How an adapter is tuned, derived from the few settings that are given, with the reason of each
/// choice. What is set by hand stays.
///
/// @param counts of what is learned
/// @param training configuration of the training
/// @param decisions every choice with its reason, in the order they were made
public record TuningRecipe(Counts counts, TrainingConfig training, List<Decision> decisions) {
  private static final double EPOCHS = 3;

  /// Fewer updates teach nothing with a rate that begins and ends at 0.
  private static final long LEAST_STEPS = 100;

  /// What is tuned, and with what.
  ///
  /// @param context the most tokens that the model reads, those of the adapter left out
  /// @param secondsPerToken as expected; 0 if it is not known yet
  public record Subject(
      ModelConfig model,
      AdapterMethod method,
      TuningTask task,
      Counts counts,
      int context,
      double secondsPerToken) {
    /// The same at another speed.
    public Subject at(double seconds) {
      return new Subject(model, method, task, counts, context, seconds);
    }
  }

  public TuningRecipe {
    decisions = List.copyOf(decisions);
  }

  /// The recipe.
  ///
  /// @param fits whether there is memory for a configuration
  /// @throws TrainingException if what was set by hand contradicts itself
  public static TuningRecipe of(
      RecipeRequest request, Subject subject, Predicate<TrainingConfig> fits) {
    int batch = new Choice(request, subject).usualBatch();
    int accumulate = 1;
    var made = new Choice(request, subject).decide(batch, accumulate);
    boolean free = !request.has(Hyperparameter.BATCH);
    while (free && batch > 1 && !fits.test(made.training)) {
      batch = Math.ceilDiv(batch, 2);
      accumulate *= 2;
      made = new Choice(request, subject).decide(batch, accumulate);
    }
    return made;
  }

  /// One way to decide.
  private static final class Choice {
    private final RecipeRequest request;
    private final Subject subject;
    private final DecisionLog decisions;

    Choice(RecipeRequest request, Subject subject) {
      this.request = request;
      this.subject = subject;
      this.decisions = new DecisionLog(request);
    }

    TuningRecipe decide(int usualBatch, int usualAccumulate) {
      var batching = batching(usualBatch, usualAccumulate);
      var budget = budget(batching);
      var training =
          new TrainingConfig(
              batching,
              budget,
              schedule(budget, batching),
              optimizer(),
              request.cadence(),
              0, // that of an adapter is its own
              (long) decisions.number(Hyperparameter.SEED, 1, "the same run every time"),
              request.choices().recompute(),
              stops());
      return new TuningRecipe(subject.counts, training, decisions.made());
    }

    /// Small: with adapters, large batches learn less from the same examples.
    int usualBatch() {
      long rows =
          subject.counts.rows((int) request.number(Hyperparameter.CONTEXT).orElse(usualContext()));
      long usual = rows >= 2000 ? 16 : rows >= 200 ? 8 : rows >= 20 ? 4 : 2;
      return (int) Math.min(usual, rows);
    }

    private int usualContext() {
      return Math.min(subject.context, subject.counts.longest());
    }

    private long rows(Batching batching) {
      return subject.counts.rows(batching.context());
    }

    private Batching batching(int usualBatch, int usualAccumulate) {
      TrainingException.require(
          request.number(Hyperparameter.CONTEXT).orElse(1) <= subject.context,
          "`context` %.0f is more than the %d that the model has room for: choose at most that",
          request.number(Hyperparameter.CONTEXT).orElse(1),
          subject.context);
      int context =
          decisions.size(Hyperparameter.CONTEXT, usualContext(), "that of the longest example");
      boolean smaller = usualAccumulate > 1;
      int batch =
          decisions.size(
              Hyperparameter.BATCH,
              usualBatch,
              smaller
                  ? "as many examples as fit the memory"
                  : "few: adapters learn less from large batches (Schulman 2025)");
      int accumulate =
          decisions.size(
              Hyperparameter.ACCUMULATE,
              request.has(Hyperparameter.BATCH) ? 1 : usualAccumulate,
              smaller ? "makes up for the smaller batch" : "the batch fits the memory");
      return new Batching(batch, accumulate, context);
    }

    private TrainingBudget budget(Batching batching) {
      var given =
          List.of(
                  Hyperparameter.STEPS,
                  Hyperparameter.TOKENS,
                  Hyperparameter.EPOCHS,
                  Hyperparameter.MINUTES)
              .stream()
              .filter(request::has)
              .toList();
      TrainingException.require(
          given.size() <= 1,
          "`%s` and `%s` both say how long to train: choose one of them",
          given.isEmpty() ? "" : given.getFirst().field(),
          given.isEmpty() ? "" : given.getLast().field());
      if (given.isEmpty()) {
        return new TrainingBudget.Epochs(
            decisions.number(Hyperparameter.EPOCHS, usualEpochs(batching), epochsReason(batching)));
      }
      return switch (given.getFirst()) {
        case STEPS -> new TrainingBudget.Steps(decisions.count(Hyperparameter.STEPS, 1, "", 1));
        case TOKENS ->
            new TrainingBudget.Tokens((long) decisions.number(Hyperparameter.TOKENS, 1, ""));
        case MINUTES -> new TrainingBudget.Minutes(decisions.number(Hyperparameter.MINUTES, 1, ""));
        default -> new TrainingBudget.Epochs(decisions.number(Hyperparameter.EPOCHS, 1, ""));
      };
    }

    private double usualEpochs(Batching batching) {
      double forSteps = (double) LEAST_STEPS * perStep(batching) / rows(batching);
      return Math.max(EPOCHS, Math.ceil(forSteps));
    }

    private String epochsReason(Batching batching) {
      return usualEpochs(batching) == EPOCHS
          ? "usual: more of the same examples is learning by heart"
          : "so few examples make about %d steps in so many".formatted(LEAST_STEPS);
    }

    private static long perStep(Batching batching) {
      return (long) batching.batch() * batching.accumulate();
    }

    private long steps(TrainingBudget budget, Batching batching) {
      var counts = subject.counts;
      double targets = (double) counts.targets() / rows(batching) * perStep(batching);
      double tokens = (double) counts.tokens() / rows(batching) * perStep(batching);
      return budget
          .steps(Math.max(1, Math.round(targets)), counts.targets())
          .orElseGet(() ->
              Math.max(
                  1,
                  (long)
                      (((TrainingBudget.Minutes) budget).seconds()
                          / Math.max(1e-9, tokens * subject.secondsPerToken))));
    }

    private Schedule schedule(TrainingBudget budget, Batching batching) {
      long steps = steps(budget, batching);
      var shape =
          decisions.choice(
              "schedule",
              request.choices().schedule(),
              Schedule.Shape.COSINE,
              "usual for adapters");
      double peak = decisions.number(Hyperparameter.LEARNING_RATE, usualRate(), rateReason());
      double floor =
          decisions.number(
              Hyperparameter.MINIMUM_LEARNING_RATE, 0, "a decay to zero lets the adapter settle");
      long warmup =
          decisions.count(
              Hyperparameter.WARMUP,
              Math.min(steps / 10, steps - 1),
              "a tenth of about %d steps".formatted(steps),
              0);
      return new Schedule(shape, peak, floor, warmup);
    }

    /// Rates that others found for each kind of method; those with few numbers need higher ones.
    private double usualRate() {
      double rate =
          switch (subject.method) {
            case Ia3Method _, NormMethod _, BiasMethod _, TokensMethod _ -> 1e-3;
            case AdaLoraMethod _ -> 2e-3;
            case VeraMethod _ -> 4e-3;
            case PromptMethod prompt when prompt.encoder().isPresent() -> 1e-3;
            case PromptMethod _, PrefixMethod _ -> 3e-2;
            case FullMethod _ -> 2e-5;
            default -> 2e-4;
          };
      return subject.task == TuningTask.PREFERENCE ? rate / 40 : rate;
    }

    private String rateReason() {
      var reason =
          switch (subject.method) {
            case Ia3Method _, NormMethod _, BiasMethod _, TokensMethod _ ->
                "so few numbers need a higher rate than the 0.0002 of LoRA";
            case AdaLoraMethod _ ->
                "three factors that begin near zero need ten times the rate of LoRA's two";
            case VeraMethod _ -> "vectors between fixed matrices need a high rate (Kopiczko 2024)";
            case PromptMethod prompt when prompt.encoder().isPresent() ->
                "usual for a network that learns from nothing";
            case PromptMethod _, PrefixMethod _ ->
                "what stands before a text needs a high rate (Lester 2021)";
            case FullMethod _ ->
                "a tenth of that of LoRA: these numbers have learned something already";
            default -> "about ten times that of a whole model, whatever the rank";
          };
      return subject.task == TuningTask.PREFERENCE
          ? "a fortieth of the rate for texts: preferences run away with higher ones"
          : reason;
    }

    private OptimizerConfig optimizer() {
      var usual = OptimizerConfig.adamw();
      return new OptimizerConfig(
          decisions.choice(
              "optimizer",
              request.choices().optimizer(),
              OptimizerConfig.Method.ADAMW,
              "usual for adapters"),
          decisions.number(Hyperparameter.BETA1, usual.beta1(), "usual"),
          decisions.number(
              Hyperparameter.BETA2, 0.999, "small batches: the mean square is of many steps"),
          decisions.number(Hyperparameter.EPSILON, usual.epsilon(), "usual"),
          decisions.number(Hyperparameter.MOMENTUM, usual.momentum(), "usual"),
          decisions.number(
              Hyperparameter.WEIGHT_DECAY,
              0,
              subject.method instanceof FullMethod
                  ? "what was learned before is to stay"
                  : "what an adapter may change is little already"),
          request.choices().decayAll(),
          decisions.number(Hyperparameter.CLIP, usual.clip(), "limits the effect of a bad batch"));
    }

    /// A run whose length nobody chose ends where it stops learning.
    private boolean stops() {
      boolean lengthGiven =
          request.has(Hyperparameter.STEPS)
              || request.has(Hyperparameter.TOKENS)
              || request.has(Hyperparameter.EPOCHS)
              || request.has(Hyperparameter.MINUTES);
      return request.choices().stopWhenOverfitting()
          || (!lengthGiven && subject.counts.heldOut() > 0);
    }
  }
}
