package dev.fader.train.recipe;

import dev.fader.inspect.plan.TrainingPlan;
import dev.fader.model.ModelConfig;
import dev.fader.train.TrainingException;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;

/// The part of a recipe that says what the model is.
final class ModelRecipe {
  /// Deeper models than this have never been trained by one machine.
  private static final int MOST_DEPTH = 128;

  /// The depths that a time budget chooses from.
  private static final int DEEPEST_BY_TIME = 24;

  /// What was best for the budget of [#MEASURED_FLOPS], in parameters of the layers' matrices.
  private static final double MEASURED_PARAMETERS = 0.7e6;

  private static final double MEASURED_FLOPS = 1.5e13;

  /// The same said in tokens: each costs six operations a parameter.
  private static final double TOKENS_PER_PARAMETER =
      MEASURED_FLOPS / (6 * MEASURED_PARAMETERS) / MEASURED_PARAMETERS;

  /// What small models have, before more is known.
  private static final int USUAL_CONTEXT = 128;

  private static final int USUAL_TOKENS_PER_STEP = 2048;

  /// Evaluations, samples and checkpoints take the rest.
  private static final double TIME_THAT_TRAINS = 0.9;

  /// More updates than numbers in the text to learn them from only memorise it.
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
    var config = architecture.config(size);
    return request.preset().map(preset -> preset.complete(config)).orElse(config);
  }

  private Architecture architecture() {
    var preset = request.preset();
    return decisions.choice(
        "architecture",
        request.choices().architecture(),
        preset.map(Preset::architecture).orElse(Architecture.QWEN3),
        preset.isPresent()
            ? "of the preset"
            : "Llama with normalised queries and keys, which stand the learning rate of Muon");
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

  /// The dial: by hand, from the layers that are set by hand, or from the time there is.
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

  /// Parameters and tokens grow alike with the arithmetic there is (Hoffmann et al. 2022).
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

  private ModelSize decide(Architecture architecture, DefaultSizes draft) {
    int layers = decisions.size(Hyperparameter.LAYERS, draft.layers(), draft.reason());
    int width = decisions.size(Hyperparameter.WIDTH, draft.width(), draft.widthReason());
    int headSize = DefaultSizes.headSize(width);
    boolean drafted = width == draft.width();
    int heads =
        decisions.size(
            Hyperparameter.HEADS,
            drafted
                ? draft.heads()
                : ModelSize.nearestDivisor(width, Math.max(1, width / headSize)),
            "heads of about %d numbers".formatted(headSize));
    boolean grouped = drafted && heads == draft.heads();
    int keyValueHeads =
        decisions.size(
            Hyperparameter.KEY_VALUE_HEADS,
            grouped ? draft.keyValueHeads() : heads,
            grouped && draft.keyValueHeads() < heads ? draft.reason() : "as many as query heads");
    int feedForward =
        decisions.size(
            Hyperparameter.FEED_FORWARD,
            drafted ? draft.feedForward() : architecture.feedForward(width),
            architecture == Architecture.GPT2
                ? "four times the width"
                : "8/3 of the width, as the gate is a third matrix");
    int shared =
        decisions.size(Hyperparameter.SHARED_LAYERS, 1, "every layer has its own parameters");
    int context = decisions.size(Hyperparameter.CONTEXT, draft.context(), draft.contextReason());
    int window =
        (int) decisions.count(Hyperparameter.WINDOW, 0, "every position sees all before it", 0);
    return new ModelSize(
        draft.vocabulary(),
        context,
        width,
        layers,
        shared,
        heads,
        keyValueHeads,
        feedForward,
        window,
        tied(architecture, draft, width, layers));
  }

  private boolean tied(Architecture architecture, DefaultSizes draft, int width, int layers) {
    Optional<Boolean> given = request.choices().tied();
    boolean large = draft.vocabulary() > width * layers;
    boolean tied =
        given.orElse(
            request.preset().map(preset -> preset.size().tied()).orElse(false)
                || architecture == Architecture.GPT2
                || large);
    String reason =
        tied
            ? "the vocabulary's matrix is a large part of the model, or its family ties it"
            : "a head of its own costs little with %d tokens".formatted(draft.vocabulary());
    decisions.note(
        "tied", Boolean.toString(tied), given.isPresent() ? Recipe.Decision.BY_HAND : reason);
    return tied;
  }

  private static void checkFamily(Architecture architecture, ModelSize size) {
    boolean gpt2 = architecture == Architecture.GPT2;
    TrainingException.require(
        !gpt2 || size.keyValueHeads() == size.heads(),
        "`keyValueHeads` %d differs from `heads` %d, which arch gpt2 cannot: leave it out, or choose `architecture`"
            + " llama",
        size.keyValueHeads(),
        size.heads());
    TrainingException.require(
        !gpt2 || size.window() == 0,
        "`window` %d is not for arch gpt2: leave it out, or choose `architecture` llama",
        size.window());
  }

  private static String number(double value) {
    return value == Math.rint(value)
        ? String.format(Locale.ROOT, "%.0f", value)
        : Double.toString(value);
  }
}
