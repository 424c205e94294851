package dev.fader.app.cli.option;

import dev.fader.train.Balancing;
import dev.fader.train.recipe.ActivationChoice;
import dev.fader.train.recipe.Architecture;
import dev.fader.train.recipe.Preset;
import dev.fader.train.recipe.RecipeRequest;
import dev.fader.train.recipe.RouterKind;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/// What kind of model is made, as far as the user says; the numbers of it are options beside these.
public final class ModelSizeOptions {
  private static final String BALANCE = "balance";

  @Spec(Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--preset",
      paramLabel = "NAME",
      description = "A named size: ${COMPLETION-CANDIDATES}.",
      completionCandidates = PresetNames.class)
  private @Nullable String preset;

  @Option(
      names = "--arch",
      paramLabel = "NAME",
      description = "gpt2, opt, llama, qwen3 or deepseek.")
  private @Nullable String architecture;

  @Option(
      names = "--activation",
      paramLabel = "NAME",
      description =
          "Of the feed-forward network: silu, gelu, relu, relu2 or drelu; default: the"
              + " architecture's. The last three make zeros that --sparse skips.")
  private @Nullable String activation;

  @Option(names = "--tied", negatable = true, description = "Whether the head is the embedding.")
  private @Nullable Boolean tied;

  @Option(
      names = "--router",
      paramLabel = "KIND",
      description =
          "How the router's scores become weights of --experts: softmax, or sigmoid, the default of"
              + " arch deepseek.")
  private @Nullable String router;

  @Option(
      names = "--balance",
      paramLabel = "HOW",
      description =
          "What keeps --experts equally busy: bias, the default where the router has one (arch"
              + " deepseek, sigmoid), loss, the default elsewhere, or none.")
  private @Nullable String balance;

  ModelSizeOptions() {}

  /// For a command that makes no model.
  public static ModelSizeOptions none() {
    return new ModelSizeOptions();
  }

  /// A request with what was asked.
  public RecipeRequest in(RecipeRequest request) {
    var others = request.choices();
    var choices =
        new RecipeRequest.Choices(
            NamedChoice.of(command, Architecture.class, "--arch", architecture),
            others.schedule(),
            others.optimizer(),
            Optional.ofNullable(tied),
            others.decayAll(),
            others.recompute(),
            others.stopWhenOverfitting(),
            NamedChoice.of(command, RouterKind.class, "--router", router),
            NamedChoice.of(command, Balancing.Method.class, "--balance", balance),
            NamedChoice.of(command, ActivationChoice.class, "--activation", activation));
    return new RecipeRequest(
        request.numbers(),
        Optional.ofNullable(preset).map(Preset::named),
        choices,
        request.cadence());
  }

  /// What was said earlier, without the numbers of another way of balancing experts than now.
  public RecipeFile.Flags ofThisBalance(RecipeFile.Flags earlier) {
    boolean same =
        balance == null || earlier.one(BALANCE).filter(balance::equalsIgnoreCase).isPresent();
    return same ? earlier : earlier.without(RecipeOptions.BALANCING);
  }

  /// What the user did not say is as it was said earlier, for the run at `out`.
  ///
  /// @throws dev.fader.train.TrainingException if something is said that only a new run can have
  public void otherwise(RecipeFile.Flags earlier, Path out) {
    said()
        .forEach((flag, value) -> {
          if (!flag.equals(BALANCE)) { // no checkpoint depends on it
            earlier.requireSame(out, flag, value);
          }
        });
    preset = preset == null ? earlier.one("preset").orElse(null) : preset;
    architecture = architecture == null ? earlier.one("arch").orElse(null) : architecture;
    activation = activation == null ? earlier.one("activation").orElse(null) : activation;
    tied = tied == null ? earlier.one("tied").map(Boolean::valueOf).orElse(null) : tied;
    router = router == null ? earlier.one("router").orElse(null) : router;
    balance = balance == null ? earlier.one(BALANCE).orElse(null) : balance;
  }

  /// What the user said, by flag.
  public Map<String, String> said() {
    var said = new LinkedHashMap<String, String>();
    RecipeOptions.put(said, "preset", preset);
    RecipeOptions.put(said, "arch", architecture);
    RecipeOptions.put(said, "activation", activation);
    RecipeOptions.put(said, "tied", tied);
    RecipeOptions.put(said, "router", router);
    RecipeOptions.put(said, BALANCE, balance);
    return said;
  }
}
