package dev.fader.train.recipe;

import dev.fader.inspect.plan.TrainingPlan;
import dev.fader.model.ModelConfig;
import dev.fader.train.TrainingException;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;

/// The part of a recipe that says what the model is.
final class ModelRecipe {
  /// Upper limit of the depth, beyond any model trained on one machine.
  private static final int MOST_DEPTH = 128;

  /// The depths that a time budget chooses from.
  private static final int DEEPEST_BY_TIME = 24;

  /// The measured optimum for [#MEASURED_FLOPS], in parameters of the layers' matrices.
  private static final double MEASURED_PARAMETERS = 0.7e6;

  private static final double MEASURED_FLOPS = 1.5e13;

  /// The same in tokens, at six operations per parameter and token.
  private static final double TOKENS_PER_PARAMETER =
      MEASURED_FLOPS / (6 * MEASURED_PARAMETERS) / MEASURED_PARAMETERS;

  /// Context assumed before the size of the model is known.
  private static final int USUAL_CONTEXT = 128;

  private static final int USUAL_TOKENS_PER_STEP = 2048;

  /// Evaluations, samples and checkpoints take the rest.
  private static final double TIME_THAT_TRAINS = 0.9;

  /// Largest model for a text: with more parameters per token it mostly memorises.
  private static final double PARAMETERS_PER_TOKEN = 3;

  private static final double DEFAULT_MINUTES = 5;

  private final RecipeRequest request;
  private final Recipe.Resources resources;
  private final DecisionLog decisions;

  ModelRecipe(RecipeRequest request, Recipe.Resources resources, DecisionLog decisions) {
    this.request = request;
    this.resources = resources;
    this.decisions = decisions;
  }

  ModelConfig decide() {
    TrainingException.require(
        request.preset().isEmpty() || !request.has(Hyperparameter.DEPTH),
        "`preset` and `depth` both set every size: choose one of them");
    var architecture = architecture();
    var size = size(architecture);
    checkFamily(architecture, size);
    var config = activated(architecture, architecture.config(size));
    return request.preset().map(preset -> preset.complete(config)).orElse(config);
  }

  private ModelConfig activated(Architecture architecture, ModelConfig config) {
    var feedForward = config.feedForward();
    var choice =
        decisions.choice(
            "activation",
            request.choices().activation(),
            activation(architecture),
            "of the family; relu, relu2 and drelu make zeros that generation skips");
    TrainingException.require(
        choice != ActivationChoice.DRELU || feedForward.gated(),
        "`activation` drelu needs a gate, which arch %s has not: choose `activation` relu or relu2, or `architecture` llama",
        architecture.name().toLowerCase(Locale.ROOT));
    return config.withFeedForward(
        feedForward.withActivation(choice.function(), feedForward.gated()));
  }

  private static ActivationChoice activation(Architecture architecture) {
    return switch (architecture) {
      case GPT2 -> ActivationChoice.GELU;
      case OPT -> ActivationChoice.RELU;
      case LLAMA, QWEN3, DEEPSEEK -> ActivationChoice.SILU;
    };
  }

  private Architecture architecture() {
    var preset = request.preset();
    return decisions.choice(
        "architecture",
        request.choices().architecture(),
        preset.map(Preset::architecture).orElse(Architecture.QWEN3),
        preset.isPresent()
            ? "of the preset"
            : "Llama with normalised queries and keys, which tolerate Muon's high learning rate");
  }

  private ModelSize size(Architecture architecture) {
    int vocabulary = vocabulary();
    var preset = request.preset();
    if (preset.isPresent()) {
      return decide(architecture, DefaultSizes.of(preset.get(), architecture, vocabulary));
    }
    return decide(architecture, DefaultSizes.of(depth(), architecture, vocabulary));
  }

  private int vocabulary() {
    int tokenizer = resources.vocabulary();
    int vocabulary =
        decisions.size(Hyperparameter.VOCABULARY, tokenizer, "as many ids as the tokenizer has");
    TrainingException.require(
        vocabulary >= tokenizer,
        "`vocabulary` %d is too small for a tokenizer of %d ids: choose at least %d",
        vocabulary,
        tokenizer,
        tokenizer);
    return vocabulary;
  }

  /// The depth: set by hand, implied by a number of layers set by hand, or derived from the time
  /// budget.
  private int depth() {
    if (!request.has(Hyperparameter.DEPTH) && request.has(Hyperparameter.LAYERS)) {
      return Math.min(MOST_DEPTH, decisionsAtLeastOne(Hyperparameter.LAYERS));
    }
    if (request.has(Hyperparameter.DEPTH)) {
      int depth = decisions.size(Hyperparameter.DEPTH, 1, "");
      TrainingException.require(
          depth <= MOST_DEPTH,
          "`depth` %d is beyond what this can train: choose 1 to %d",
          depth,
          MOST_DEPTH);
      return depth;
    }
    var tokens = givenTokens();
    double minutes = request.number(Hyperparameter.MINUTES).orElse(DEFAULT_MINUTES);
    double parameters =
        Math.min(
            tokens.isPresent() ? tokens.getAsDouble() / TOKENS_PER_PARAMETER : affordable(minutes),
            PARAMETERS_PER_TOKEN * resources.trainingTokens());
    return decisions.size(
        Hyperparameter.DEPTH,
        depthWith(parameters),
        tokens.isPresent()
            ? String.format(
                Locale.ROOT,
                "about %.2g parameters in the layers learn most from %.2g tokens",
                parameters,
                tokens.getAsDouble())
            : String.format(
                Locale.ROOT,
                "about %.2g parameters in the layers learn most in %s minutes on this machine",
                parameters,
                number(minutes)));
  }

  /// Tokens of the run where its length is given in them, in epochs or in steps.
  private OptionalDouble givenTokens() {
    if (request.has(Hyperparameter.STEPS)) {
      double perStep =
          request.has(Hyperparameter.BATCH)
              ? request.number(Hyperparameter.BATCH).orElse(1)
                  * request.number(Hyperparameter.CONTEXT).orElse(USUAL_CONTEXT)
                  * request.number(Hyperparameter.ACCUMULATE).orElse(1)
              : USUAL_TOKENS_PER_STEP;
      return OptionalDouble.of(request.number(Hyperparameter.STEPS).orElse(1) * perStep);
    }
    if (request.has(Hyperparameter.EPOCHS)) {
      double epochs = request.number(Hyperparameter.EPOCHS).orElse(1);
      return OptionalDouble.of(epochs * resources.trainingTokens());
    }
    return request.number(Hyperparameter.TOKENS);
  }

  private int decisionsAtLeastOne(Hyperparameter setting) {
    double value = request.number(setting).orElse(1);
    TrainingException.require(
        value >= 1 && value <= Integer.MAX_VALUE,
        "`%s` is %.0f, and must be at least 1: choose a larger one",
        setting.field(),
        value);
    return (int) value;
  }

  /// Parameters and tokens grow in proportion with compute (Hoffmann et al. 2022).
  private double affordable(double minutes) {
    double flops =
        resources.speed().flopsPerSecond()
            * TrainingPlan.utilization(DefaultSizes.width(4))
            * minutes
            * 60
            * TIME_THAT_TRAINS;
    return MEASURED_PARAMETERS * Math.sqrt(flops / MEASURED_FLOPS);
  }

  private static int depthWith(double parameters) {
    int best = 1;
    for (int depth = 2; depth <= DEEPEST_BY_TIME; depth++) {
      if (distance(depth, parameters) < distance(best, parameters)) {
        best = depth;
      }
    }
    return best;
  }

  private static double distance(int depth, double parameters) {
    double width = DefaultSizes.width(depth);
    return Math.abs(Math.log(12 * width * width * depth / parameters));
  }

  private ModelSize decide(Architecture architecture, DefaultSizes defaults) {
    int layers = decisions.size(Hyperparameter.LAYERS, defaults.layers(), defaults.reason());
    int width = decisions.size(Hyperparameter.WIDTH, defaults.width(), defaults.widthReason());
    int headSize = DefaultSizes.headSize(width);
    boolean isDefaultWidth = width == defaults.width();
    int heads =
        decisions.size(
            Hyperparameter.HEADS,
            isDefaultWidth
                ? defaults.heads()
                : ModelSize.nearestDivisor(width, Math.max(1, width / headSize)),
            "heads of about %d numbers".formatted(headSize));
    boolean grouped = isDefaultWidth && heads == defaults.heads();
    int keyValueHeads =
        decisions.size(
            Hyperparameter.KEY_VALUE_HEADS,
            grouped ? defaults.keyValueHeads() : heads,
            grouped && defaults.keyValueHeads() < heads
                ? defaults.reason()
                : "as many as query heads");
    int feedForward =
        decisions.size(
            Hyperparameter.FEED_FORWARD,
            isDefaultWidth ? defaults.feedForward() : architecture.feedForward(width),
            architecture.isGpt()
                ? "four times the width"
                : "8/3 of the width, as the gate is a third matrix");
    int shared =
        decisions.size(Hyperparameter.SHARED_LAYERS, 1, "every layer has its own parameters");
    int context =
        decisions.size(Hyperparameter.CONTEXT, defaults.context(), defaults.contextReason());
    int window =
        (int) decisions.count(Hyperparameter.WINDOW, 0, "every position sees all before it", 0);
    return new ModelSize(
        defaults.vocabulary(),
        context,
        width,
        layers,
        shared,
        heads,
        keyValueHeads,
        feedForward,
        window,
        tied(architecture, defaults, width, layers),
        embeddingWidth(architecture, width),
        new ExpertRecipe(request, decisions).decide(architecture, layers, feedForward));
  }

  /// Only OPT has a place for the second matrix of a factorised embedding.
  private int embeddingWidth(Architecture architecture, int width) {
    var setting = Hyperparameter.EMBEDDING_WIDTH;
    if (architecture != Architecture.OPT) {
      TrainingException.require(
          !request.has(setting),
          "`embeddingWidth` %.0f is not for arch %s, which has no place for a second matrix: leave it out, or choose `architecture` opt",
          request.number(setting).orElse(0),
          architecture.name().toLowerCase(Locale.ROOT));
      return 0;
    }
    int columns = decisions.size(setting, width, "as wide as the model: not factorised");
    return columns == width ? 0 : columns;
  }

  private boolean tied(Architecture architecture, DefaultSizes defaults, int width, int layers) {
    Optional<Boolean> given = request.choices().tied();
    boolean large = defaults.vocabulary() > width * layers;
    boolean tied =
        given.orElse(
            request.preset().map(preset -> preset.size().tied()).orElse(false)
                || architecture.isGpt()
                || large);
    String reason =
        tied
            ? "the vocabulary's matrix is a large part of the model, or its family ties it"
            : "a separate head costs little with %d tokens".formatted(defaults.vocabulary());
    decisions.note(
        "tied", Boolean.toString(tied), given.isPresent() ? Recipe.Decision.BY_HAND : reason);
    return tied;
  }

  private static void checkFamily(Architecture architecture, ModelSize size) {
    boolean plain = architecture.isGpt() || architecture == Architecture.DEEPSEEK;
    var name = architecture.name().toLowerCase(Locale.ROOT);
    TrainingException.require(
        !plain || size.keyValueHeads() == size.heads(),
        "`keyValueHeads` %d differs from `heads` %d, which arch %s cannot: leave it out, or choose `architecture`"
            + " llama",
        size.keyValueHeads(),
        size.heads(),
        name);
    TrainingException.require(
        !plain || size.window() == 0,
        "`window` %d is not for arch %s: leave it out, or choose `architecture` llama",
        size.window(),
        name);
  }

  private static String number(double value) {
    return value == Math.rint(value)
        ? String.format(Locale.ROOT, "%.0f", value)
        : Double.toString(value);
  }
}
