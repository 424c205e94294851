package dev.fader.train.recipe;

import dev.fader.grad.SparseNetwork;
import dev.fader.inspect.count.ParameterCount;
import dev.fader.inspect.plan.FlopsPerToken;
import dev.fader.inspect.plan.MemoryNeed;
import dev.fader.inspect.plan.OptimizerDemand;
import dev.fader.inspect.plan.TrainingPlan;
import dev.fader.inspect.plan.TrainingShape;
import dev.fader.model.ModelConfig;
import dev.fader.train.Balancing;
import dev.fader.train.OptimizerConfig;
import dev.fader.train.Schedule;
import dev.fader.train.SparsityLoss;
import dev.fader.train.TrainingBudget;
import dev.fader.train.TrainingConfig;
import dev.fader.train.TrainingException;
import java.util.List;
import java.util.Locale;

/// The part of a recipe that says how the model is trained.
final class TrainingRecipe {
  private static final double DEFAULT_MINUTES = 5;

  /// Compute-optimal tokens per parameter (Hoffmann et al. 2022).
  private static final double TOKENS_PER_PARAMETER = 20;

  /// Up to four epochs are as good as new text; many more teach little (Muennighoff et al. 2023).
  private static final double MOST_EPOCHS = 8;

  private static final int LONGEST_SEQUENCE = 2048;

  /// The share of a step's arithmetic that Muon's products may add.
  private static final double MUON_SHARE = 0.6;

  private static final double MEMORY_SHARE = 0.8;

  /// What a bias moves per step at the highest learning rate. Ten times what is usual where runs
  /// are a thousand times as long (Wang et al. 2024, section 4.3): it must arrive within some
  /// hundred steps, and since it falls with the rate, it settles (docs/decisions/0022).
  private static final double BALANCE_SPEED = 1e-2;

  /// Of the auxiliary loss and the z-loss (Muennighoff et al. 2024, arXiv:2409.02060).
  private static final double BALANCE_LOSS = 1e-2;

  private static final double ROUTER_LOSS = 1e-3;

  /// Fine-tuning uses a lower learning rate: that for random weights would undo what was learned
  /// (docs/decisions/0011).
  private static final double FINE_TUNING_RATE = 0.1;

  private static final long LONGEST_FINE_TUNING_WARMUP = 100;

  /// After another activation, and the loss for zeros that goes with it (docs/sharing.md).
  private static final double TURNED_RATE = 0.5;

  private static final double SPARSITY_LOSS = 3;

  private final RecipeRequest request;
  private final Recipe.Resources resources;
  private final DecisionLog decisions;
  private final Start start;

  /// What the parameters are when a run begins.
  private enum Start {
    RANDOM,
    TRAINED,
    /// Trained with another activation: much has to be learned again.
    TURNED
  }

  private TrainingRecipe(
      RecipeRequest request, Recipe.Resources resources, DecisionLog decisions, Start start) {
    this.request = request;
    this.resources = resources;
    this.decisions = decisions;
    this.start = start;
  }

  /// For a model with random weights.
  TrainingRecipe(RecipeRequest request, Recipe.Resources resources, DecisionLog decisions) {
    this(request, resources, decisions, Start.RANDOM);
  }

  /// For fine-tuning.
  static TrainingRecipe forFineTuning(
      RecipeRequest request, Recipe.Resources resources, DecisionLog decisions) {
    return new TrainingRecipe(request, resources, decisions, Start.TRAINED);
  }

  /// For a model that has just been given dReLU.
  static TrainingRecipe forTurned(
      RecipeRequest request, Recipe.Resources resources, DecisionLog decisions) {
    return new TrainingRecipe(request, resources, decisions, Start.TURNED);
  }

  TrainingConfig decide(ModelConfig model) {
    int time = sequence(model);
    var budget = budget(model);
    double tokens = tokens(budget, model, time);
    long wantedTokens = tokensPerStep(tokens);
    var method = method(model, time, wantedTokens);
    double dropout = dropout(model, tokens);
    var batching = batching(model, new Sizes(time, wantedTokens, method, dropout > 0));
    long steps =
        budget instanceof TrainingBudget.Steps(long count)
            ? count
            : Math.max(1, (long) (tokens / batching.tokensPerStep()));
    return new TrainingConfig(
        batching,
        budget,
        schedule(model, method, budget, steps),
        optimizer(method),
        request.cadence(),
        dropout,
        seed(),
        request.choices().recompute(),
        request.choices().stopWhenOverfitting(),
        balancing(model),
        sparsity(model));
  }

  private SparsityLoss sparsity(ModelConfig model) {
    var activation = model.feedForward().activation();
    if (!SparseNetwork.makesZeros(activation)) {
      TrainingException.require(
          !request.has(Hyperparameter.SPARSITY_LOSS),
          "`sparsityLoss` needs an activation that makes zeros, and that of this model is %s: leave it out, or choose `activation` relu, relu2 or drelu",
          activation.title());
      return SparsityLoss.NONE;
    }
    if (!hasDenseLayer(model)) {
      TrainingException.require(
          !request.has(Hyperparameter.SPARSITY_LOSS),
          "`sparsityLoss` counts neurons of layers without experts, and all %d layers have some: leave it out, or give arch qwen3 or deepseek `denseLayers`",
          model.layers());
      return SparsityLoss.NONE;
    }
    return new SparsityLoss(
        start == Start.TURNED
            ? decisions.number(
                Hyperparameter.SPARSITY_LOSS,
                SPARSITY_LOSS,
                "made nine of ten neurons zero where it was tried")
            : decisions.number(
                Hyperparameter.SPARSITY_LOSS, 0, "as many zeros as the text leaves"));
  }

  private static boolean hasDenseLayer(ModelConfig model) {
    for (int layer = 0; layer < model.layers(); layer++) {
      if (model.feedForward().experts(layer).isEmpty()) {
        return true;
      }
    }
    return false;
  }

  private Balancing balancing(ModelConfig model) {
    var experts = model.feedForward().experts();
    var given = request.choices().balance();
    if (experts.isEmpty()) {
      refuseBalancing(given.isPresent(), "is for a model with `experts`: leave it out");
      return Balancing.NONE;
    }
    boolean biased = experts.get().corrected();
    var method =
        decisions.choice(
            "balance",
            given,
            biased ? Balancing.Method.BIAS : Balancing.Method.LOSS,
            biased
                ? "disturbs no gradient, and the model's files have a place for it"
                : "files of %s have no bias for the choice of experts".formatted(model.family()));
    TrainingException.require(
        method != Balancing.Method.BIAS || biased,
        "`balance` bias needs a bias in the router, which files of %s have no place for: choose `balance` loss, or `architecture` deepseek",
        model.family());
    return new Balancing(
        method,
        coefficient(Hyperparameter.BALANCE_SPEED, method == Balancing.Method.BIAS, BALANCE_SPEED),
        coefficient(Hyperparameter.BALANCE_LOSS, method == Balancing.Method.LOSS, BALANCE_LOSS),
        method == Balancing.Method.NONE
            ? coefficient(Hyperparameter.ROUTER_LOSS, false, 0)
            : decisions.number(
                Hyperparameter.ROUTER_LOSS,
                method == Balancing.Method.LOSS ? ROUTER_LOSS : 0,
                method == Balancing.Method.LOSS
                    ? "keeps a router's scores small (Zoph et al. 2022)"
                    : "scores of a sigmoid need none"));
  }

  /// A number of one way of balancing.
  private double coefficient(Hyperparameter setting, boolean used, double usual) {
    if (used) {
      return decisions.number(setting, usual, "usual");
    }
    TrainingException.require(
        !request.has(setting), "`%s` is of another `balance`: leave it out", setting.field());
    return 0;
  }

  private void refuseBalancing(boolean chosen, String why) {
    TrainingException.require(!chosen, "`balance` %s", why);
    for (var setting :
        List.of(
            Hyperparameter.BALANCE_SPEED,
            Hyperparameter.BALANCE_LOSS,
            Hyperparameter.ROUTER_LOSS)) {
      TrainingException.require(!request.has(setting), "`%s` %s", setting.field(), why);
    }
  }

  private int sequence(ModelConfig model) {
    if (request.has(Hyperparameter.CONTEXT)) {
      return (int) Math.min(request.number(Hyperparameter.CONTEXT).orElse(1), model.context());
    }
    if (model.context() <= LONGEST_SEQUENCE) {
      return model.context();
    }
    decisions.note(
        "sequence",
        Integer.toString(LONGEST_SEQUENCE),
        "training on all %d positions at once would take too much memory"
            .formatted(model.context()));
    return LONGEST_SEQUENCE;
  }

  private TrainingBudget budget(ModelConfig model) {
    var kinds =
        List.of(
            Hyperparameter.STEPS,
            Hyperparameter.TOKENS,
            Hyperparameter.EPOCHS,
            Hyperparameter.MINUTES);
    var given = kinds.stream().filter(request::has).toList();
    TrainingException.require(
        given.size() <= 1,
        "`%s` and `%s` both say how long to train: choose one of them",
        given.isEmpty() ? "" : given.getFirst().field(),
        given.isEmpty() ? "" : given.getLast().field());
    if (given.isEmpty()) {
      return standardBudget(model);
    }
    return switch (given.getFirst()) {
      case STEPS -> new TrainingBudget.Steps(decisions.count(Hyperparameter.STEPS, 1, "", 1));
      case TOKENS ->
          new TrainingBudget.Tokens((long) decisions.number(Hyperparameter.TOKENS, 1, ""));
      case EPOCHS -> new TrainingBudget.Epochs(decisions.number(Hyperparameter.EPOCHS, 1, ""));
      default -> new TrainingBudget.Minutes(decisions.number(Hyperparameter.MINUTES, 1, ""));
    };
  }

  /// The default length of a run.
  private TrainingBudget standardBudget(ModelConfig model) {
    boolean sized =
        request.preset().isPresent()
            || request.has(Hyperparameter.DEPTH)
            || request.has(Hyperparameter.LAYERS)
            || request.has(Hyperparameter.WIDTH);
    if (!sized) {
      return new TrainingBudget.Minutes(
          decisions.number(
              Hyperparameter.MINUTES,
              DEFAULT_MINUTES,
              "the default: long enough to see the loss fall"));
    }
    double parameters = ParameterCount.of(model).total();
    double enough = TOKENS_PER_PARAMETER * parameters;
    double most = MOST_EPOCHS * resources.trainingTokens();
    double tokens = Math.max(1, Math.floor(Math.min(enough, most)));
    return new TrainingBudget.Tokens(
        (long)
            decisions.number(
                Hyperparameter.TOKENS,
                tokens,
                enough <= most
                    ? "20 per parameter (Hoffmann et al. 2022)"
                    : "the text 8 times: more repetition teaches little"));
  }

  /// Tokens of the run, as far as they can be known beforehand.
  private double tokens(TrainingBudget budget, ModelConfig model, int time) {
    return switch (budget) {
      case TrainingBudget.Steps(long count) -> (double) count * givenTokensPerStep(model, time);
      case TrainingBudget.Tokens(long count) -> count;
      case TrainingBudget.Epochs(double count) -> count * resources.trainingTokens();
      case TrainingBudget.Minutes minutes ->
          minutes.seconds()
              * resources.speed().flopsPerSecond()
              * TrainingPlan.utilization(model.width())
              / FlopsPerToken.of(model, time, request.choices().recompute()).performed();
    };
  }

  /// The tokens of a number of steps depend on the batch: assumed as 1.5 per parameter, unless the
  /// batch is given.
  private double givenTokensPerStep(ModelConfig model, int time) {
    if (request.has(Hyperparameter.BATCH)) {
      return request.number(Hyperparameter.BATCH).orElse(1)
          * time
          * request.number(Hyperparameter.ACCUMULATE).orElse(1);
    }
    return tokensPerStep(TOKENS_PER_PARAMETER * ParameterCount.of(model).total());
  }

  /// The batch grows with the square root of the tokens (Bergsma et al. 2025), from the measured
  /// optimum at three million.
  private static long tokensPerStep(double tokens) {
    double exact = exactTokensPerStep(tokens);
    long power = 1L << Math.round(Math.log(Math.max(1, exact)) / Math.log(2));
    return Math.clamp(power, 256, 1 << 19);
  }

  /// The same before it is made a power of two.
  static double exactTokensPerStep(double tokens) {
    return 2048 * Math.sqrt(tokens / 3e6);
  }

  private OptimizerConfig.Method method(ModelConfig model, int time, long tokensPerStep) {
    if (start == Start.TRAINED) {
      return decisions.choice(
          "optimizer",
          request.choices().optimizer(),
          OptimizerConfig.Method.ADAMW,
          "whatever the model was trained with: Muon gains little where much is learned already");
    }
    double products =
        FlopsPerToken.of(model, time, request.choices().recompute()).performed() * tokensPerStep;
    double share = OptimizerDemand.muon(model).flopsPerStep() / products;
    return decisions.choice(
        "optimizer",
        request.choices().optimizer(),
        share <= MUON_SHARE ? OptimizerConfig.Method.MUON : OptimizerConfig.Method.ADAMW,
        String.format(
            Locale.ROOT,
            share <= MUON_SHARE
                ? "learns more per token than AdamW for %.0f %% more arithmetic"
                : "Muon would take %.0f %% more arithmetic with batches this small",
            100 * share));
  }

  /// Dropout against memorising: for a model with more parameters than tokens that reads the text
  /// many times.
  private double dropout(ModelConfig model, double tokens) {
    double text = Math.max(1, resources.trainingTokens());
    double epochs = tokens / text;
    boolean large = ParameterCount.of(model).total() > text;
    if (start != Start.RANDOM) {
      return decisions.number(Hyperparameter.DROPOUT, 0, "the model was trained before");
    }
    double derived = !large || epochs <= 4 ? 0 : epochs <= 15 ? 0.1 : 0.2;
    return decisions.number(
        Hyperparameter.DROPOUT,
        derived,
        String.format(
            Locale.ROOT,
            "the text is read about %.1f times by a model with %s parameters than it has tokens",
            epochs,
            large ? "more" : "fewer"));
  }

  private record Sizes(
      int time, long tokensPerStep, OptimizerConfig.Method method, boolean dropout) {}

  private TrainingConfig.Batching batching(ModelConfig model, Sizes sizes) {
    long wanted = Math.max(1, sizes.tokensPerStep() / sizes.time());
    long fitting = wanted;
    while (fitting > 1 && !fits(model, sizes, fitting)) {
      fitting = Math.ceilDiv(fitting, 2);
    }
    int batch =
        decisions.size(
            Hyperparameter.BATCH,
            fitting,
            fitting < wanted
                ? "as many sequences as fit the memory"
                : "%d tokens a step, which grows with the root of the run's length"
                    .formatted(wanted * sizes.time()));
    int accumulate =
        decisions.size(
            Hyperparameter.ACCUMULATE,
            request.has(Hyperparameter.BATCH) ? 1 : Math.ceilDiv(wanted, fitting),
            fitting < wanted ? "makes up for the smaller batch" : "the batch fits the memory");
    return new TrainingConfig.Batching(batch, accumulate, sizes.time());
  }

  private boolean fits(ModelConfig model, Sizes sizes, long batch) {
    var shape =
        new TrainingShape(
            Math.toIntExact(batch),
            1,
            sizes.time(),
            1,
            request.choices().recompute(),
            sizes.dropout());
    var need = MemoryNeed.of(model, shape, Recipe.demand(model, sizes.method()));
    return need.total() <= MEMORY_SHARE * resources.machine().availableBytes();
  }

  private Schedule schedule(
      ModelConfig model, OptimizerConfig.Method method, TrainingBudget budget, long steps) {
    var shape =
        decisions.choice(
            "schedule",
            request.choices().schedule(),
            Schedule.Shape.LINEAR,
            "linear decay to zero (Bergsma et al. 2025)");
    double peak =
        decisions.number(
            Hyperparameter.LEARNING_RATE, learningRate(model, method), learningRateReason(method));
    double floor =
        decisions.number(
            Hyperparameter.MINIMUM_LEARNING_RATE, 0, "a decay to zero lets the weights settle");
    long most = budget instanceof TrainingBudget.Steps(long count) ? count - 1 : Long.MAX_VALUE;
    long rise = Math.max(1, steps / 50);
    long warmup =
        decisions.count(
            Hyperparameter.WARMUP,
            Math.min(
                start != Start.RANDOM ? Math.min(rise, LONGEST_FINE_TUNING_WARMUP) : rise, most),
            "a fiftieth of about %d steps".formatted(steps),
            0);
    return new Schedule(shape, peak, floor, warmup);
  }

  private double learningRate(ModelConfig model, OptimizerConfig.Method method) {
    double narrower = 128.0 / model.width();
    double exact =
        switch (start) {
              case RANDOM -> 1;
              case TRAINED -> FINE_TUNING_RATE;
              case TURNED -> TURNED_RATE;
            }
            * switch (method) {
              case MUON -> 0.008 * Math.sqrt(narrower);
              case ADAMW -> 0.004 * narrower;
              case SGD -> 0.1;
            };
    double unit = Math.pow(10, Math.floor(Math.log10(exact)) - 1);
    return Double.parseDouble(String.format(Locale.ROOT, "%.2g", Math.round(exact / unit) * unit));
  }

  private String learningRateReason(OptimizerConfig.Method method) {
    if (start == Start.TURNED) {
      return "half of what random parameters get: the model must learn to do without most neurons";
    }
    if (start == Start.TRAINED) {
      return "a tenth of what random parameters get: the model has learned already";
    }
    return switch (method) {
      case MUON -> "0.008 was best for width 128; less with the root of the width";
      case ADAMW -> "0.004 for width 128; less with the width";
      case SGD -> "a common default";
    };
  }

  private OptimizerConfig optimizer(OptimizerConfig.Method method) {
    var usual = OptimizerConfig.adamw();
    return new OptimizerConfig(
        method,
        decisions.number(Hyperparameter.BETA1, usual.beta1(), "usual"),
        decisions.number(Hyperparameter.BETA2, usual.beta2(), "usual for language models"),
        decisions.number(Hyperparameter.EPSILON, usual.epsilon(), "usual"),
        decisions.number(Hyperparameter.MOMENTUM, usual.momentum(), "usual"),
        decisions.number(
            Hyperparameter.WEIGHT_DECAY,
            method == OptimizerConfig.Method.SGD ? 0 : usual.weightDecay(),
            "usual"),
        request.choices().decayAll(),
        decisions.number(Hyperparameter.CLIP, usual.clip(), "limits the effect of a bad batch"));
  }

  private long seed() {
    return (long) decisions.number(Hyperparameter.SEED, 1, "the same run every time");
  }
}
