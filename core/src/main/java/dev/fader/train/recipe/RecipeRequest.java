package dev.fader.train.recipe;

import dev.fader.model.ModelConfig;
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

/// What the user asks of a recipe. All of it may be left open.
///
/// @param numbers what is set by hand
/// @param preset a named size
/// @param choices what is no number
/// @param cadence what happens every so often
public record RecipeRequest(
    Map<Hyperparameter, Double> numbers,
    Optional<Preset> preset,
    Choices choices,
    TrainingConfig.Cadence cadence) {
  /// What is chosen and not counted.
  ///
  /// @param tied whether the head is the token embedding
  /// @param decayAll whether norms, biases and embeddings are decayed, too
  /// @param recompute whether the backward pass runs each layer again, for memory
  /// @param stopWhenOverfitting whether the run ends when it overfits
  public record Choices(
      Optional<Architecture> architecture,
      Optional<Schedule.Shape> schedule,
      Optional<OptimizerConfig.Method> optimizer,
      Optional<Boolean> tied,
      boolean decayAll,
      boolean recompute,
      boolean stopWhenOverfitting) {
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
      Map.of(
          Hyperparameter.DEPTH, ModelConfig::layers,
          Hyperparameter.LAYERS, ModelConfig::layers,
          Hyperparameter.VOCABULARY, ModelConfig::vocabularySize,
          Hyperparameter.WIDTH, ModelConfig::width,
          Hyperparameter.HEADS, model -> model.attention().heads(),
          Hyperparameter.KEY_VALUE_HEADS, model -> model.attention().keyValueHeads(),
          Hyperparameter.FEED_FORWARD, model -> model.feedForward().width(),
          Hyperparameter.SHARED_LAYERS, ModelConfig::sharedLayers,
          Hyperparameter.WINDOW, model -> model.attention().windows().getFirst());

  /// Nothing asked.
  public static final RecipeRequest NONE =
      new RecipeRequest(
          Map.of(), Optional.empty(), Choices.NONE, TrainingConfig.Cadence.standard());

  /// @throws TrainingException if a number is none, or not whole where only whole ones make sense
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

  /// Makes sure that it can be asked of a model that is there.
  ///
  /// @throws TrainingException if one of its sizes is set by hand, to something else
  void requireOf(ModelConfig model) {
    TrainingException.require(
        preset.isEmpty() && choices.architecture().isEmpty(),
        "`preset` and `architecture` make a new model, and `initialModel` begins with one that is there: choose one");
    requireSizesOf(model);
  }

  /// @throws TrainingException if a size is set by hand that the model does not have
  void requireSizesOf(ModelConfig model) {
    for (var size : SIZES_OF_A_MODEL.entrySet()) {
      double fixed = size.getValue().applyAsInt(model);
      TrainingException.require(
          number(size.getKey()).orElse(fixed) == fixed,
          "`%s` %.0f cannot be: the model to begin with has %.0f",
          size.getKey().field(),
          number(size.getKey()).orElse(fixed),
          fixed);
    }
    double context = number(Hyperparameter.CONTEXT).orElse(1);
    TrainingException.require(
        context >= 1 && context <= model.context(),
        "`context` %.0f cannot be: the model to begin with has %d",
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

  /// Whether what it leaves open depends on how fast the machine is: the length of the run is a
  /// time, or unknown.
  public boolean dependsOnSpeed() {
    return !has(Hyperparameter.STEPS) && !has(Hyperparameter.TOKENS) && !has(Hyperparameter.EPOCHS);
  }

  /// What is set by hand.
  OptionalDouble number(Hyperparameter setting) {
    var value = numbers.get(setting);
    return value == null ? OptionalDouble.empty() : OptionalDouble.of(value);
  }

  boolean has(Hyperparameter setting) {
    return numbers.containsKey(setting);
  }
}
