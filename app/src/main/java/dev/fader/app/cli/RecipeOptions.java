package dev.fader.app.cli;

import dev.fader.train.Architecture;
import dev.fader.train.OptimizerConfig;
import dev.fader.train.Preset;
import dev.fader.train.RecipeRequest;
import dev.fader.train.Schedule;
import dev.fader.train.Setting;
import dev.fader.train.TrainingConfig;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/// What is trained and how, as far as the user says; [dev.fader.train.Recipe] decides the rest.
final class RecipeOptions {
  private static final Set<Setting> BUDGETS =
      EnumSet.of(Setting.STEPS, Setting.TOKENS, Setting.EPOCHS, Setting.MINUTES);

  private final Map<Setting, Double> numbers = new EnumMap<>(Setting.class);

  @Option(names = "--preset", paramLabel = "NAME", description = "A named size: ${COMPLETION-CANDIDATES}.", completionCandidates = PresetNames.class)
  private @Nullable String preset;

  @Option(names = "--arch", paramLabel = "NAME", description = "gpt2, llama or qwen3.")
  private @Nullable String architecture;

  @Option(names = "--schedule", paramLabel = "SHAPE", description = "cosine, linear, constant or wsd.")
  private @Nullable String schedule;

  @Option(names = "--optimizer", paramLabel = "NAME", description = "adamw, muon or sgd.")
  private @Nullable String optimizer;

  @Option(names = "--tied", negatable = true, description = "Whether the head is the embedding.")
  private @Nullable Boolean tied;

  @Option(names = "--decay-all", description = "Weight decay for norms, biases and embeddings, too.")
  private boolean decayAll;

  @Option(names = "--recompute", description = "Runs each layer again on the way back: less memory, a third more work.")
  private boolean recompute;

  @Option(names = "--stop-when-overfitting", description = "Ends when the validation loss rises.")
  private boolean stopWhenOverfitting;

  @Option(names = "--eval-every", paramLabel = "STEPS", description = "Default: twenty times in a run.")
  private long evaluateEvery;

  @Option(names = "--eval-batches", paramLabel = "N", description = "Validation batches per evaluation; default 20.")
  private int evaluationBatches = 20;

  @Option(names = "--checkpoint-every", paramLabel = "STEPS", description = "Default: with each evaluation.")
  private long checkpointEvery;

  @Option(names = "--keep", paramLabel = "N", description = "Newest checkpoints that stay; default 2.")
  private int keep = 2;

  RecipeOptions() {}

  @Option(names = "--depth", paramLabel = "N", description = "One dial for every size: layers, and all that goes with them.")
  private void depth(String value) {
    set(Setting.DEPTH, value);
  }

  @Option(names = "--vocab", paramLabel = "N", description = "Token ids of the model; default: the tokenizer's.")
  private void vocabulary(String value) {
    set(Setting.VOCABULARY, value);
  }

  @Option(names = "--layers", paramLabel = "N")
  private void layers(String value) {
    set(Setting.LAYERS, value);
  }

  @Option(names = "--dim", paramLabel = "N", description = "Numbers per token between the layers.")
  private void width(String value) {
    set(Setting.WIDTH, value);
  }

  @Option(names = "--heads", paramLabel = "N")
  private void heads(String value) {
    set(Setting.HEADS, value);
  }

  @Option(names = "--kv-heads", paramLabel = "N")
  private void keyValueHeads(String value) {
    set(Setting.KEY_VALUE_HEADS, value);
  }

  @Option(names = "--ffn", paramLabel = "N", description = "Hidden width of the feed-forward network.")
  private void feedForward(String value) {
    set(Setting.FEED_FORWARD, value);
  }

  @Option(names = "--context", paramLabel = "N", description = "Tokens per sequence.")
  private void context(String value) {
    set(Setting.CONTEXT, value);
  }

  @Option(names = "--window", paramLabel = "N", description = "Positions that a token sees back; 0 for all.")
  private void window(String value) {
    set(Setting.WINDOW, value);
  }

  @Option(names = "--share-layers", paramLabel = "N", description = "Consecutive layers that share one set of parameters.")
  private void sharedLayers(String value) {
    set(Setting.SHARED_LAYERS, value);
  }

  @Option(names = "--batch", paramLabel = "N", description = "Sequences at a time.")
  private void batch(String value) {
    set(Setting.BATCH, value);
  }

  @Option(names = "--accumulate", paramLabel = "N", description = "Batches per step.")
  private void accumulate(String value) {
    set(Setting.ACCUMULATE, value);
  }

  @Option(names = "--steps", paramLabel = "N", description = "How long: so many updates.")
  private void steps(String value) {
    set(Setting.STEPS, value);
  }

  @Option(names = "--tokens", paramLabel = "N", description = "How long: so many tokens, 10M for ten million.")
  private void tokens(String value) {
    set(Setting.TOKENS, value);
  }

  @Option(names = "--epochs", paramLabel = "N", description = "How long: the text so many times.")
  private void epochs(String value) {
    set(Setting.EPOCHS, value);
  }

  @Option(names = "--minutes", paramLabel = "N", description = "How long: so many minutes.")
  private void minutes(String value) {
    set(Setting.MINUTES, value);
  }

  @Option(names = "--lr", paramLabel = "R", description = "The highest learning rate.")
  private void learningRate(String value) {
    set(Setting.LEARNING_RATE, value);
  }

  @Option(names = "--min-lr", paramLabel = "R", description = "The last learning rate.")
  private void minimumLearningRate(String value) {
    set(Setting.MINIMUM_LEARNING_RATE, value);
  }

  @Option(names = "--warmup", paramLabel = "STEPS", description = "Steps in which the learning rate rises.")
  private void warmup(String value) {
    set(Setting.WARMUP, value);
  }

  @Option(names = "--beta1", paramLabel = "B")
  private void beta1(String value) {
    set(Setting.BETA1, value);
  }

  @Option(names = "--beta2", paramLabel = "B")
  private void beta2(String value) {
    set(Setting.BETA2, value);
  }

  @Option(names = "--eps", paramLabel = "E")
  private void epsilon(String value) {
    set(Setting.EPSILON, value);
  }

  @Option(names = "--momentum", paramLabel = "M", description = "Of sgd and muon.")
  private void momentum(String value) {
    set(Setting.MOMENTUM, value);
  }

  @Option(names = "--weight-decay", paramLabel = "D")
  private void weightDecay(String value) {
    set(Setting.WEIGHT_DECAY, value);
  }

  @Option(names = "--clip", paramLabel = "C", description = "The longest gradient; 0 for any.")
  private void clip(String value) {
    set(Setting.CLIP, value);
  }

  @Option(names = "--dropout", paramLabel = "P")
  private void dropout(String value) {
    set(Setting.DROPOUT, value);
  }

  @Option(names = "--seed", paramLabel = "N")
  private void seed(String value) {
    set(Setting.SEED, value);
  }

  private void set(Setting setting, String value) {
    numbers.put(setting, Quantity.parse(setting, value));
  }

  /// What was asked.
  ///
  /// @throws dev.fader.train.TrainingException if something is out of range
  RecipeRequest request() {
    var choices =
        new RecipeRequest.Choices(
            named(Architecture.class, "--arch", architecture),
            named(Schedule.Shape.class, "--schedule", schedule),
            named(OptimizerConfig.Method.class, "--optimizer", optimizer),
            Optional.ofNullable(tied),
            decayAll,
            recompute,
            stopWhenOverfitting);
    var cadence =
        new TrainingConfig.Cadence(evaluateEvery, evaluationBatches, checkpointEvery, keep, 10);
    return new RecipeRequest(
        numbers, Optional.ofNullable(preset).map(Preset::named), choices, cadence);
  }

  /// What the user did not say is as it was decided earlier.
  ///
  /// @param decisions values by flag, as [dev.fader.train.Decision] has them
  void otherwise(Map<String, String> decisions) {
    boolean length = BUDGETS.stream().anyMatch(numbers::containsKey);
    for (var setting : Setting.values()) {
      var value = decisions.get(setting.flag());
      if (value != null && !(length && BUDGETS.contains(setting))) {
        numbers.computeIfAbsent(setting, unset -> Quantity.parse(unset, value));
      }
    }
    numbers.remove(Setting.DEPTH);
    architecture = Objects.requireNonNullElse(architecture, decisions.get("arch"));
    schedule = Objects.requireNonNullElse(schedule, decisions.get("schedule"));
    optimizer = Objects.requireNonNullElse(optimizer, decisions.get("optimizer"));
    tied = Objects.requireNonNullElse(tied, Boolean.valueOf(decisions.get("tied")));
  }

  /// What the user set by hand.
  Optional<Double> number(Setting setting) {
    return Optional.ofNullable(numbers.get(setting));
  }

  /// How long, if the user did not say.
  void minutesOtherwise(String minutes) {
    if (BUDGETS.stream().noneMatch(numbers::containsKey)) {
      set(Setting.MINUTES, minutes);
    }
  }

  private static <E extends Enum<E>> Optional<E> named(
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
    throw new TypeConversionException(
        "%s '%s' is unknown: choose one of %s".formatted(option, name, known));
  }
}
