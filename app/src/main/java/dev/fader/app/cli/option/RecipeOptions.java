package dev.fader.app.cli.option;

import dev.fader.app.cli.terminal.FlagNames;
import dev.fader.kernel.option.Precision;
import dev.fader.train.OptimizerConfig;
import dev.fader.train.Schedule;
import dev.fader.train.TrainingConfig;
import dev.fader.train.recipe.Hyperparameter;
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
import java.util.stream.Collectors;
import java.util.stream.Stream;
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

  private static final Set<Hyperparameter> OF_A_MODEL =
      EnumSet.of(
          Hyperparameter.DEPTH,
          Hyperparameter.VOCABULARY,
          Hyperparameter.LAYERS,
          Hyperparameter.WIDTH,
          Hyperparameter.EMBEDDING_WIDTH,
          Hyperparameter.HEADS,
          Hyperparameter.KEY_VALUE_HEADS,
          Hyperparameter.FEED_FORWARD,
          Hyperparameter.WINDOW,
          Hyperparameter.SHARED_LAYERS,
          Hyperparameter.EXPERTS,
          Hyperparameter.EXPERTS_PER_TOKEN,
          Hyperparameter.SHARED_EXPERTS,
          Hyperparameter.EXPERT_FEED_FORWARD,
          Hyperparameter.DENSE_LAYERS);

  /// How those are trained that a command makes.
  private static final Set<Hyperparameter> OF_EXPERTS =
      EnumSet.of(
          Hyperparameter.BALANCE_SPEED, Hyperparameter.BALANCE_LOSS, Hyperparameter.ROUTER_LOSS);

  /// The flags of those numbers.
  static final Set<String> BALANCING =
      OF_EXPERTS.stream()
          .map(setting -> FlagNames.of(setting.field()))
          .collect(Collectors.toUnmodifiableSet());

  private static final Set<Hyperparameter> OF_ONE_RUN =
      Set.of(Hyperparameter.STEPS, Hyperparameter.TOKENS, Hyperparameter.EPOCHS);

  private static final List<String> WATCHING_ONE_RUN =
      List.of(
          "--eval-every", "--checkpoint-every", "--keep", "--keep-last", "--stop-when-overfitting");

  /// What is trained.
  private enum Kind {
    ONE_RUN,
    MANY_RUNS,
    /// A model that has just been given an activation that makes zeros.
    ZEROS
  }

  private final Kind kind;

  @Spec(Target.MIXEE)
  private CommandSpec command;

  private final Map<Hyperparameter, Double> numbers = new EnumMap<>(Hyperparameter.class);

  @Option(
      names = "--schedule",
      paramLabel = "SHAPE",
      description = "cosine, linear, constant or wsd.")
  private @Nullable String schedule;

  @Option(names = "--optimizer", paramLabel = "NAME", description = "adamw, muon or sgd.")
  private @Nullable String optimizer;

  @Option(
      names = "--decay-all",
      description = "Weight decay for norms, biases and embeddings, too.")
  private @Nullable Boolean decayAll;

  @Option(
      names = "--recompute",
      description =
          "Gradient checkpointing: recomputes each layer in the backward pass; less memory, a third more work.")
  private @Nullable Boolean recompute;

  @Option(
      names = "--precision",
      paramLabel = "TYPE",
      description =
          "What the operands of matrix products are rounded to: float32, the default, or bf16, faster"
              + " where --engine onednn can be had and the processor multiplies bfloat16. Weights,"
              + " sums, optimizer, norms and losses are in float32.")
  private @Nullable String precision;

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
      description = "Number of checkpoints to keep; default 2.")
  private @Nullable Integer keep;

  @Option(
      names = "--keep-last",
      description =
          "Keeps the model of the last step; default: that with the lowest validation loss.")
  private @Nullable Boolean keepLast;

  RecipeOptions() {
    this(Kind.ONE_RUN);
  }

  private RecipeOptions(Kind kind) {
    this.kind = kind;
  }

  /// For a command that trains many models: without what says how long one of them is trained, and
  /// how it is watched; its minutes are those of all.
  public static RecipeOptions ofManyRuns() {
    return new RecipeOptions(Kind.MANY_RUNS);
  }

  /// For a command that trains a model to have zeros, and keeps the last one: earlier ones may have
  /// a lower loss, as they have fewer.
  public static RecipeOptions ofZeros() {
    return new RecipeOptions(Kind.ZEROS);
  }

  /// Gives `command` an option for each number of a recipe; those that say how large a model is,
  /// only to a command that makes one.
  public static void addNumbers(CommandSpec command) {
    var mixins = command.mixins().values();
    boolean makesModels =
        mixins.stream().anyMatch(mixin -> mixin.userObject() instanceof ModelSizeOptions);
    for (var mixin : mixins) {
      if (mixin.userObject() instanceof RecipeOptions recipe) {
        HyperparameterOption.ALL.stream()
            .filter(option ->
                makesModels
                    || !isOfModels(option.hyperparameter())
                    || (recipe.kind == Kind.ZEROS
                        && option.hyperparameter() == Hyperparameter.SPARSITY_LOSS))
            .filter(option ->
                recipe.kind != Kind.MANY_RUNS || !OF_ONE_RUN.contains(option.hyperparameter()))
            .forEach(option -> command.addOption(option.of(recipe::set)));
        recipe.unused().forEach(flag -> command.remove(command.findOption(flag)));
      }
    }
  }

  private List<String> unused() {
    return switch (kind) {
      case ONE_RUN -> List.of();
      case MANY_RUNS -> WATCHING_ONE_RUN;
      case ZEROS -> List.of("--keep-last", "--stop-when-overfitting");
    };
  }

  private static boolean isOfModels(Hyperparameter setting) {
    return OF_A_MODEL.contains(setting)
        || OF_EXPERTS.contains(setting)
        || setting == Hyperparameter.SPARSITY_LOSS;
  }

  private void set(Hyperparameter setting, String value) {
    try {
      numbers.put(setting, Quantity.parse(setting, value));
    } catch (IllegalArgumentException wrong) {
      throw misuse(String.valueOf(wrong.getMessage()));
    }
  }

  /// Microbatches of a step, unless the user says how many, or earlier flags have.
  public void accumulateOtherwise(int count) {
    numbers.putIfAbsent(Hyperparameter.ACCUMULATE, (double) count);
  }

  /// What was asked.
  ///
  /// @throws dev.fader.train.TrainingException if something is out of range
  public RecipeRequest request() {
    var choices =
        new RecipeRequest.Choices(
            Optional.empty(),
            named(Schedule.Shape.class, "--schedule", schedule),
            named(OptimizerConfig.Method.class, "--optimizer", optimizer),
            Optional.empty(),
            isSet(decayAll),
            isSet(recompute),
            isSet(stopWhenOverfitting));
    return new RecipeRequest(numbers, Optional.empty(), choices, cadence());
  }

  /// What products are computed in.
  ///
  /// @throws picocli.CommandLine.ParameterException if there is none of this name
  public Precision precision() {
    if (precision == null) {
      return Precision.FLOAT32;
    }
    return switch (precision.toLowerCase(Locale.ROOT)) {
      case "f32", "fp32", "float32" -> Precision.FLOAT32;
      case "bf16", "bfloat16" -> Precision.BFLOAT16;
      default ->
          throw misuse("--precision '%s' is unknown: choose float32 or bf16".formatted(precision));
    };
  }

  /// Whether the last model is the one to keep, and not the best.
  public boolean keepLast() {
    return kind == Kind.ZEROS || isSet(keepLast);
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
      var value = earlier.one(FlagNames.of(setting.field()));
      if (value.isPresent() && !(length && BUDGETS.contains(setting))) {
        numbers.computeIfAbsent(setting, unset -> Quantity.parse(unset, value.get()));
      }
    }
    numbers.remove(Hyperparameter.DEPTH);
    schedule = schedule == null ? earlier.one("schedule").orElse(null) : schedule;
    optimizer = optimizer == null ? earlier.one("optimizer").orElse(null) : optimizer;
    decayAll = decayAll == null ? (Boolean) earlier.has("decay-all") : decayAll;
    recompute = recompute == null ? (Boolean) earlier.has("recompute") : recompute;
    precision = precision == null ? earlier.one("precision").orElse(null) : precision;
    if (stopWhenOverfitting == null) {
      stopWhenOverfitting = earlier.has("stop-when-overfitting");
    }
    cadenceOtherwise(earlier);
  }

  private static boolean isOfTheCheckpoint(String flag) {
    return flag.equals("optimizer")
        || Stream.concat(
                OF_A_MODEL.stream(), Stream.of(Hyperparameter.CONTEXT, Hyperparameter.SEED))
            .anyMatch(setting -> FlagNames.of(setting.field()).equals(flag));
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
    numbers.forEach(
        (setting, value) -> said.put(FlagNames.of(setting.field()), Quantity.text(value)));
    put(said, "schedule", schedule);
    put(said, "optimizer", optimizer);
    put(said, "decay-all", decayAll);
    put(said, "recompute", recompute);
    put(said, "precision", precision);
    put(said, "stop-when-overfitting", stopWhenOverfitting);
    put(said, "eval-every", evaluateEvery);
    put(said, "eval-batches", evaluationBatches);
    put(said, "checkpoint-every", checkpointEvery);
    put(said, "keep", keep);
    put(said, "keep-last", kind == Kind.ZEROS ? (Boolean) true : keepLast);
    return said;
  }

  static void put(Map<String, String> said, String flag, @Nullable Object value) {
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
    return NamedChoice.of(command, type, option, name);
  }
}
