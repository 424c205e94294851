package dev.fader.app.cli.option;

import dev.fader.train.OptimizerConfig;
import dev.fader.train.Schedule;
import dev.fader.train.TrainingConfig;
import dev.fader.train.recipe.Architecture;
import dev.fader.train.recipe.Hyperparameter;
import dev.fader.train.recipe.Preset;
import dev.fader.train.recipe.RecipeRequest;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/// What is trained and how, as far as the user says; [dev.fader.train.recipe.Recipe] decides the
/// rest.
@SuppressWarnings("UnusedMethod") // picocli calls those with options
public final class RecipeOptions {
  private static final Set<Hyperparameter> BUDGETS =
      EnumSet.of(
          Hyperparameter.STEPS,
          Hyperparameter.TOKENS,
          Hyperparameter.EPOCHS,
          Hyperparameter.MINUTES);

  /// What a checkpoint is of: a run that goes on has the same, or it is another run.
  private static final Set<Hyperparameter> OF_THE_CHECKPOINT =
      EnumSet.of(
          Hyperparameter.DEPTH,
          Hyperparameter.VOCABULARY,
          Hyperparameter.LAYERS,
          Hyperparameter.WIDTH,
          Hyperparameter.HEADS,
          Hyperparameter.KEY_VALUE_HEADS,
          Hyperparameter.FEED_FORWARD,
          Hyperparameter.CONTEXT,
          Hyperparameter.WINDOW,
          Hyperparameter.SHARED_LAYERS,
          Hyperparameter.SEED);

  @Spec(Target.MIXEE)
  private CommandSpec command;

  private final Map<Hyperparameter, Double> numbers = new EnumMap<>(Hyperparameter.class);

  @Option(
      names = "--preset",
      paramLabel = "NAME",
      description = "A named size: ${COMPLETION-CANDIDATES}.",
      completionCandidates = PresetNames.class)
  private @Nullable String preset;

  @Option(names = "--arch", paramLabel = "NAME", description = "gpt2, llama or qwen3.")
  private @Nullable String architecture;

  @Option(
      names = "--schedule",
      paramLabel = "SHAPE",
      description = "cosine, linear, constant or wsd.")
  private @Nullable String schedule;

  @Option(names = "--optimizer", paramLabel = "NAME", description = "adamw, muon or sgd.")
  private @Nullable String optimizer;

  @Option(names = "--tied", negatable = true, description = "Whether the head is the embedding.")
  private @Nullable Boolean tied;

  @Option(
      names = "--decay-all",
      description = "Weight decay for norms, biases and embeddings, too.")
  private @Nullable Boolean decayAll;

  @Option(
      names = "--recompute",
      description = "Runs each layer again on the way back: less memory, a third more work.")
  private @Nullable Boolean recompute;

  @Option(names = "--stop-when-overfitting", description = "Ends when the validation loss rises.")
  private @Nullable Boolean stopWhenOverfitting;

  @Option(
      names = "--eval-every",
      paramLabel = "STEPS",
      description = "Default: twenty times in a run.")
  private @Nullable Long evaluateEvery;

  @Option(
      names = "--eval-batches",
      paramLabel = "N",
      description =
          "How much of the validation text each evaluation takes, in batches of 4,096 tokens"
              + " (whatever --batch is); default 20.")
  private @Nullable Integer evaluationBatches;

  @Option(
      names = "--checkpoint-every",
      paramLabel = "STEPS",
      description = "Default: with each evaluation.")
  private @Nullable Long checkpointEvery;

  @Option(
      names = "--keep",
      paramLabel = "N",
      description = "Newest checkpoints that stay; default 2.")
  private @Nullable Integer keep;

  @Option(
      names = "--keep-last",
      description =
          "Makes the model that of the last step; default: that with the lowest validation loss.")
  private @Nullable Boolean keepLast;

  RecipeOptions() {}

  @Option(
      names = "--depth",
      paramLabel = "N",
      description = "One dial for every size: layers, and all that goes with them.")
  private void depth(String value) {
    set(Hyperparameter.DEPTH, value);
  }

  @Option(
      names = "--vocab",
      paramLabel = "N",
      description = "Token ids of the model; default: the tokenizer's.")
  private void vocabulary(String value) {
    set(Hyperparameter.VOCABULARY, value);
  }

  @Option(names = "--layers", paramLabel = "N", description = "Layers, one above the other.")
  private void layers(String value) {
    set(Hyperparameter.LAYERS, value);
  }

  @Option(names = "--dim", paramLabel = "N", description = "Numbers per token between the layers.")
  private void width(String value) {
    set(Hyperparameter.WIDTH, value);
  }

  @Option(names = "--heads", paramLabel = "N", description = "Attention heads, a divisor of --dim.")
  private void heads(String value) {
    set(Hyperparameter.HEADS, value);
  }

  @Option(
      names = "--kv-heads",
      paramLabel = "N",
      description = "Heads of keys and values, a divisor of --heads.")
  private void keyValueHeads(String value) {
    set(Hyperparameter.KEY_VALUE_HEADS, value);
  }

  @Option(
      names = "--ffn",
      paramLabel = "N",
      description = "Hidden width of the feed-forward network.")
  private void feedForward(String value) {
    set(Hyperparameter.FEED_FORWARD, value);
  }

  @Option(names = "--context", paramLabel = "N", description = "Tokens per sequence.")
  private void context(String value) {
    set(Hyperparameter.CONTEXT, value);
  }

  @Option(
      names = "--window",
      paramLabel = "N",
      description = "Positions that a token sees back; 0 for all.")
  private void window(String value) {
    set(Hyperparameter.WINDOW, value);
  }

  @Option(
      names = "--share-layers",
      paramLabel = "N",
      description = "Consecutive layers that share one set of parameters.")
  private void sharedLayers(String value) {
    set(Hyperparameter.SHARED_LAYERS, value);
  }

  @Option(names = "--batch", paramLabel = "N", description = "Sequences at a time.")
  private void batch(String value) {
    set(Hyperparameter.BATCH, value);
  }

  @Option(names = "--accumulate", paramLabel = "N", description = "Batches per step.")
  private void accumulate(String value) {
    set(Hyperparameter.ACCUMULATE, value);
  }

  @Option(names = "--steps", paramLabel = "N", description = "How long: so many updates.")
  private void steps(String value) {
    set(Hyperparameter.STEPS, value);
  }

  @Option(
      names = "--tokens",
      paramLabel = "N",
      description = "How long: so many tokens, 10M for ten million.")
  private void tokens(String value) {
    set(Hyperparameter.TOKENS, value);
  }

  @Option(names = "--epochs", paramLabel = "N", description = "How long: the text so many times.")
  private void epochs(String value) {
    set(Hyperparameter.EPOCHS, value);
  }

  @Option(names = "--minutes", paramLabel = "N", description = "How long: so many minutes.")
  private void minutes(String value) {
    set(Hyperparameter.MINUTES, value);
  }

  @Option(names = "--lr", paramLabel = "R", description = "The highest learning rate.")
  private void learningRate(String value) {
    set(Hyperparameter.LEARNING_RATE, value);
  }

  @Option(names = "--min-lr", paramLabel = "R", description = "The last learning rate.")
  private void minimumLearningRate(String value) {
    set(Hyperparameter.MINIMUM_LEARNING_RATE, value);
  }

  @Option(
      names = "--warmup",
      paramLabel = "STEPS",
      description = "Steps in which the learning rate rises.")
  private void warmup(String value) {
    set(Hyperparameter.WARMUP, value);
  }

  @Option(
      names = "--beta1",
      paramLabel = "B",
      description = "Of AdamW: how long it remembers gradients.")
  private void beta1(String value) {
    set(Hyperparameter.BETA1, value);
  }

  @Option(
      names = "--beta2",
      paramLabel = "B",
      description = "Of AdamW: how long it remembers their squares.")
  private void beta2(String value) {
    set(Hyperparameter.BETA2, value);
  }

  @Option(
      names = "--eps",
      paramLabel = "E",
      description = "Of AdamW: keeps small gradients from large steps.")
  private void epsilon(String value) {
    set(Hyperparameter.EPSILON, value);
  }

  @Option(names = "--momentum", paramLabel = "M", description = "Of sgd and muon.")
  private void momentum(String value) {
    set(Hyperparameter.MOMENTUM, value);
  }

  @Option(
      names = "--weight-decay",
      paramLabel = "D",
      description = "What a weight loses of itself per step, times the learning rate.")
  private void weightDecay(String value) {
    set(Hyperparameter.WEIGHT_DECAY, value);
  }

  @Option(names = "--clip", paramLabel = "C", description = "The longest gradient; 0 for any.")
  private void clip(String value) {
    set(Hyperparameter.CLIP, value);
  }

  @Option(
      names = "--dropout",
      paramLabel = "P",
      description = "How probably a number between the layers is left out.")
  private void dropout(String value) {
    set(Hyperparameter.DROPOUT, value);
  }

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Of everything random: the same seed, the same model.")
  private void seed(String value) {
    set(Hyperparameter.SEED, value);
  }

  private void set(Hyperparameter setting, String value) {
    try {
      numbers.put(setting, Quantity.parse(setting, value));
    } catch (IllegalArgumentException wrong) {
      throw misuse(String.valueOf(wrong.getMessage()));
    }
  }

  /// What was asked.
  ///
  /// @throws dev.fader.train.TrainingException if something is out of range
  public RecipeRequest request() {
    var choices =
        new RecipeRequest.Choices(
            named(Architecture.class, "--arch", architecture),
            named(Schedule.Shape.class, "--schedule", schedule),
            named(OptimizerConfig.Method.class, "--optimizer", optimizer),
            Optional.ofNullable(tied),
            isSet(decayAll),
            isSet(recompute),
            isSet(stopWhenOverfitting));
    return new RecipeRequest(
        numbers, Optional.ofNullable(preset).map(Preset::named), choices, cadence());
  }

  /// Whether the last model is the one to keep, and not the best.
  public boolean keepLast() {
    return isSet(keepLast);
  }

  private static boolean isSet(@Nullable Boolean flag) {
    return flag != null && flag;
  }

  private TrainingConfig.Cadence cadence() {
    var standard = TrainingConfig.Cadence.standard();
    return new TrainingConfig.Cadence(
        Objects.requireNonNullElse(evaluateEvery, standard.evaluateEvery()),
        Objects.requireNonNullElse(evaluationBatches, standard.evaluationBatches()),
        Objects.requireNonNullElse(checkpointEvery, standard.checkpointEvery()),
        Objects.requireNonNullElse(keep, standard.keep()),
        standard.measureUpdatesEvery());
  }

  /// What the user did not say is as it was said or decided earlier, for the run at `out`.
  ///
  /// @throws dev.fader.train.TrainingException if something is said that only a new run can have
  public void otherwise(RecipeFile.Flags earlier, Path out) {
    said()
        .forEach((flag, value) -> {
          if (isOfTheCheckpoint(flag)) {
            earlier.requireSame(out, flag, value);
          }
        });
    boolean length = BUDGETS.stream().anyMatch(numbers::containsKey);
    for (var setting : Hyperparameter.values()) {
      var value = earlier.one(setting.flag());
      if (value.isPresent() && !(length && BUDGETS.contains(setting))) {
        numbers.computeIfAbsent(setting, unset -> Quantity.parse(unset, value.get()));
      }
    }
    numbers.remove(Hyperparameter.DEPTH);
    preset = preset == null ? earlier.one("preset").orElse(null) : preset;
    architecture = architecture == null ? earlier.one("arch").orElse(null) : architecture;
    schedule = schedule == null ? earlier.one("schedule").orElse(null) : schedule;
    optimizer = optimizer == null ? earlier.one("optimizer").orElse(null) : optimizer;
    tied = tied == null ? earlier.one("tied").map(Boolean::valueOf).orElse(null) : tied;
    decayAll = decayAll == null ? (Boolean) earlier.has("decay-all") : decayAll;
    recompute = recompute == null ? (Boolean) earlier.has("recompute") : recompute;
    if (stopWhenOverfitting == null) {
      stopWhenOverfitting = earlier.has("stop-when-overfitting");
    }
    cadenceOtherwise(earlier);
  }

  private static boolean isOfTheCheckpoint(String flag) {
    return List.of("preset", "arch", "tied", "optimizer").contains(flag)
        || OF_THE_CHECKPOINT.stream().anyMatch(setting -> setting.flag().equals(flag));
  }

  private void cadenceOtherwise(RecipeFile.Flags earlier) {
    if (evaluateEvery == null) {
      evaluateEvery = earlier.one("eval-every").map(Long::valueOf).orElse(null);
    }
    if (evaluationBatches == null) {
      evaluationBatches = earlier.one("eval-batches").map(Integer::valueOf).orElse(null);
    }
    if (checkpointEvery == null) {
      checkpointEvery = earlier.one("checkpoint-every").map(Long::valueOf).orElse(null);
    }
    if (keep == null) {
      keep = earlier.one("keep").map(Integer::valueOf).orElse(null);
    }
    keepLast = keepLast == null ? (Boolean) earlier.has("keep-last") : keepLast;
  }

  /// What the user said, by flag; what is decided follows from that.
  public Map<String, String> said() {
    var said = new LinkedHashMap<String, String>();
    numbers.forEach((setting, value) -> said.put(setting.flag(), Quantity.text(value)));
    put(said, "preset", preset);
    put(said, "arch", architecture);
    put(said, "schedule", schedule);
    put(said, "optimizer", optimizer);
    put(said, "tied", tied);
    put(said, "decay-all", decayAll);
    put(said, "recompute", recompute);
    put(said, "stop-when-overfitting", stopWhenOverfitting);
    put(said, "eval-every", evaluateEvery);
    put(said, "eval-batches", evaluationBatches);
    put(said, "checkpoint-every", checkpointEvery);
    put(said, "keep", keep);
    put(said, "keep-last", keepLast);
    return said;
  }

  private static void put(Map<String, String> said, String flag, @Nullable Object value) {
    if (value != null) {
      said.put(flag, value.toString());
    }
  }

  /// What the user set by hand.
  public Optional<Double> number(Hyperparameter setting) {
    return Optional.ofNullable(numbers.get(setting));
  }

  /// How long, if the user did not say.
  public void minutesOtherwise(String minutes) {
    if (BUDGETS.stream().noneMatch(numbers::containsKey)) {
      set(Hyperparameter.MINUTES, minutes);
    }
  }

  private ParameterException misuse(String message) {
    return new ParameterException(command.commandLine(), message);
  }

  private <E extends Enum<E>> Optional<E> named(
      Class<E> type, String option, @Nullable String name) {
    if (name == null) {
      return Optional.empty();
    }
    for (var constant : type.getEnumConstants()) {
      if (constant.name().equalsIgnoreCase(name)) {
        return Optional.of(constant);
      }
    }
    var known = new StringBuilder();
    for (var constant : type.getEnumConstants()) {
      known.append(known.isEmpty() ? "" : ", ").append(constant.name().toLowerCase(Locale.ROOT));
    }
    throw misuse("%s '%s' is unknown: choose one of %s".formatted(option, name, known));
  }
}
