package dev.fader.train;

import dev.fader.model.ModelConfig;
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
    Map<Setting, Double> numbers,
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

  private static final Map<Setting, ToIntFunction<ModelConfig>> SIZES_OF_A_MODEL =
      Map.of(
          Setting.DEPTH, ModelConfig::layers,
          Setting.LAYERS, ModelConfig::layers,
          Setting.VOCABULARY, ModelConfig::vocabularySize,
          Setting.WIDTH, ModelConfig::width,
          Setting.HEADS, model -> model.attention().heads(),
          Setting.KEY_VALUE_HEADS, model -> model.attention().keyValueHeads(),
          Setting.FEED_FORWARD, model -> model.feedForward().width(),
          Setting.SHARED_LAYERS, ModelConfig::sharedLayers,
          Setting.WINDOW, model -> model.attention().windows().getFirst());

  /// Nothing asked.
  public static final RecipeRequest NONE =
      new RecipeRequest(
          Map.of(), Optional.empty(), Choices.NONE, TrainingConfig.Cadence.standard());

  /// @throws TrainingException if a number is none, or not whole where only whole ones make sense
  public RecipeRequest {
    var sorted = new EnumMap<Setting, Double>(Setting.class);
    sorted.putAll(numbers);
    sorted.forEach(RecipeRequest::check);
    numbers = Collections.unmodifiableMap(sorted);
  }

  private static void check(Setting setting, double value) {
    Checks.require(
        Double.isFinite(value), "--%s is %s, and must be a number", setting.flag(), value);
    Checks.require(
        !setting.isWhole() || value == Math.rint(value),
        "--%s is %s, and must be a whole number: try %.0f",
        setting.flag(),
        value,
        value);
  }

  /// The same with one more number set by hand.
  public RecipeRequest with(Setting setting, double value) {
    var more = new EnumMap<Setting, Double>(Setting.class);
    more.putAll(numbers);
    more.put(setting, value);
    return new RecipeRequest(more, preset, choices, cadence);
  }

  /// Makes sure that it can be asked of a model that is there.
  ///
  /// @throws TrainingException if one of its sizes is set by hand, to something else
  void requireOf(ModelConfig model) {
    Checks.require(
        preset.isEmpty() && choices.architecture().isEmpty(),
        "--preset and --arch make a new model, and --init begins with one that is there: choose one");
    for (var size : SIZES_OF_A_MODEL.entrySet()) {
      double fixed = size.getValue().applyAsInt(model);
      Checks.require(
          number(size.getKey()).orElse(fixed) == fixed,
          "--%s %.0f cannot be: the model to begin with has %.0f",
          size.getKey().flag(),
          number(size.getKey()).orElse(fixed),
          fixed);
    }
    double context = number(Setting.CONTEXT).orElse(1);
    Checks.require(
        context >= 1 && context <= model.context(),
        "--context %.0f cannot be: the model to begin with has %d",
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

  /// What is set by hand.
  OptionalDouble number(Setting setting) {
    var value = numbers.get(setting);
    return value == null ? OptionalDouble.empty() : OptionalDouble.of(value);
  }

  boolean has(Setting setting) {
    return numbers.containsKey(setting);
  }
}
