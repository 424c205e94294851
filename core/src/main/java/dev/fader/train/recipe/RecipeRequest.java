package dev.fader.train.recipe;

import dev.fader.model.Experts;
import dev.fader.model.ModelConfig;
import dev.fader.train.Balancing;
import dev.fader.train.OptimizerConfig;
import dev.fader.train.Schedule;
import dev.fader.train.TrainingConfig;
import dev.fader.train.TrainingException;
import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.ToIntFunction;

/// The settings that the user gives to a recipe. All are optional.
///
/// @param numbers the numeric hyperparameters set by hand
/// @param preset a named size
/// @param choices the other hyperparameters set by hand
/// @param cadence how often to evaluate and to save
public record RecipeRequest(
    Map<Hyperparameter, Double> numbers,
    Optional<Preset> preset,
    Choices choices,
    TrainingConfig.Cadence cadence) {
  /// The hyperparameters that are not numbers.
  ///
  /// @param tied whether the head is the token embedding
  /// @param decayAll whether weight decay also applies to norms, biases and embeddings
  /// @param recompute whether the backward pass recomputes activations layer by layer, to save
  ///   memory
  /// @param stopWhenOverfitting whether the run ends when it overfits
  /// @param router what makes probabilities of a router's scores
  /// @param balance how experts are kept equally busy
  /// @param activation between the projections of the feed-forward network
  public record Choices(
      Optional<Architecture> architecture,
      Optional<Schedule.Shape> schedule,
      Optional<OptimizerConfig.Method> optimizer,
      Optional<Boolean> tied,
      boolean decayAll,
      boolean recompute,
      boolean stopWhenOverfitting,
      Optional<RouterKind> router,
      Optional<Balancing.Method> balance,
      Optional<ActivationChoice> activation) {
    /// Nothing chosen of experts, nor of the activation.
    public Choices(
        Optional<Architecture> architecture,
        Optional<Schedule.Shape> schedule,
        Optional<OptimizerConfig.Method> optimizer,
        Optional<Boolean> tied,
        boolean decayAll,
        boolean recompute,
        boolean stopWhenOverfitting) {
      this(
          architecture,
          schedule,
          optimizer,
          tied,
          decayAll,
          recompute,
          stopWhenOverfitting,
          Optional.empty(),
          Optional.empty(),
          Optional.empty());
    }

    /// Nothing chosen.
    public static final Choices NONE =
        new Choices(
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            false,
            false,
            false);
  }

  private static final Map<Hyperparameter, ToIntFunction<ModelConfig>> SIZES_OF_A_MODEL =
      Map.ofEntries(
          entry(Hyperparameter.DEPTH, ModelConfig::layers),
          entry(Hyperparameter.LAYERS, ModelConfig::layers),
          entry(Hyperparameter.VOCABULARY, ModelConfig::vocabularySize),
          entry(Hyperparameter.WIDTH, ModelConfig::width),
          entry(Hyperparameter.EMBEDDING_WIDTH, ModelConfig::embeddingWidth),
          entry(Hyperparameter.HEADS, model -> model.attention().heads()),
          entry(Hyperparameter.KEY_VALUE_HEADS, model -> model.attention().keyValueHeads()),
          entry(Hyperparameter.FEED_FORWARD, model -> model.feedForward().width()),
          entry(Hyperparameter.SHARED_LAYERS, ModelConfig::sharedLayers),
          entry(Hyperparameter.WINDOW, model -> model.attention().windows().getFirst()),
          entry(Hyperparameter.EXPERTS, ofExperts(Experts::count)),
          entry(
              Hyperparameter.EXPERTS_PER_TOKEN, ofExperts(experts -> experts.routing().perToken())),
          entry(
              Hyperparameter.SHARED_EXPERTS,
              ofExperts(experts -> experts.sharedWidth() / experts.width())),
          entry(Hyperparameter.EXPERT_FEED_FORWARD, ofExperts(Experts::width)),
          entry(Hyperparameter.DENSE_LAYERS, ofExperts(experts -> experts.denseLayers().size())));

  private static Map.Entry<Hyperparameter, ToIntFunction<ModelConfig>> entry(
      Hyperparameter setting, ToIntFunction<ModelConfig> size) {
    return Map.entry(setting, size);
  }

  private static ToIntFunction<ModelConfig> ofExperts(ToIntFunction<Experts> size) {
    return model -> model.feedForward().experts().map(size::applyAsInt).orElse(0);
  }

  /// Nothing set: all is derived.
  public static final RecipeRequest NONE =
      new RecipeRequest(
          Map.of(), Optional.empty(), Choices.NONE, TrainingConfig.Cadence.standard());

  /// @throws TrainingException if a number is NaN or infinite, or not whole where it must be
  public RecipeRequest {
    var sorted = new EnumMap<Hyperparameter, Double>(Hyperparameter.class);
    sorted.putAll(numbers);
    sorted.forEach(RecipeRequest::check);
    numbers = Collections.unmodifiableMap(sorted);
  }

  private static void check(Hyperparameter setting, double value) {
    TrainingException.require(
        Double.isFinite(value), "`%s` is %s, and must be a number", setting.field(), value);
    TrainingException.require(
        !setting.isWhole() || value == Math.rint(value),
        "`%s` is %s, and must be a whole number: try %.0f",
        setting.field(),
        value,
        value);
  }

  /// The same with one more number set by hand.
  public RecipeRequest with(Hyperparameter setting, double value) {
    var more = new EnumMap<Hyperparameter, Double>(Hyperparameter.class);
    more.putAll(numbers);
    more.put(setting, value);
    return new RecipeRequest(more, preset, choices, cadence);
  }

  /// Checks the request against an existing model to begin with.
  ///
  /// @throws TrainingException if one of its sizes is set by hand, to something else
  void requireOf(ModelConfig model) {
    TrainingException.require(
        preset.isEmpty()
            && choices.architecture().isEmpty()
            && choices.router().isEmpty()
            && choices.activation().isEmpty(),
        "`preset`, `architecture`, `router` and `activation` make a new model, and `initialModel` begins with one that is there: choose one");
    requireSizesOf(model);
  }

  /// @throws TrainingException if a size is set by hand that the model does not have
  void requireSizesOf(ModelConfig model) {
    for (var size : SIZES_OF_A_MODEL.entrySet()) {
      double fixed = size.getValue().applyAsInt(model);
      TrainingException.require(
          number(size.getKey()).orElse(fixed) == fixed,
          "`%s` %.0f differs from the initial model's %.0f: leave it out",
          size.getKey().field(),
          number(size.getKey()).orElse(fixed),
          fixed);
    }
    double context = number(Hyperparameter.CONTEXT).orElse(1);
    TrainingException.require(
        context >= 1 && context <= model.context(),
        "`context` %.0f is out of range: the initial model has %d",
        context,
        model.context());
  }

  /// The same with a named size.
  public RecipeRequest with(Preset size) {
    return new RecipeRequest(numbers, Optional.of(size), choices, cadence);
  }

  /// The same with other choices.
  public RecipeRequest with(Choices others) {
    return new RecipeRequest(numbers, preset, others, cadence);
  }

  /// The same with another cadence.
  public RecipeRequest with(TrainingConfig.Cadence other) {
    return new RecipeRequest(numbers, preset, choices, other);
  }

  /// Whether the derived settings depend on the speed of the machine: the length of the run is a
  /// time, or not set.
  public boolean dependsOnSpeed() {
    return !has(Hyperparameter.STEPS) && !has(Hyperparameter.TOKENS) && !has(Hyperparameter.EPOCHS);
  }

  /// What is set by hand.
  public OptionalDouble number(Hyperparameter setting) {
    var value = numbers.get(setting);
    return value == null ? OptionalDouble.empty() : OptionalDouble.of(value);
  }

  /// Whether it is set by hand.
  public boolean has(Hyperparameter setting) {
    return numbers.containsKey(setting);
  }
}
