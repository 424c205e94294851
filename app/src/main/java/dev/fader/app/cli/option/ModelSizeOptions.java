package dev.fader.app.cli.option;

import dev.fader.train.recipe.Architecture;
import dev.fader.train.recipe.Preset;
import dev.fader.train.recipe.RecipeRequest;
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
  @Spec(Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--preset",
      paramLabel = "NAME",
      description = "A named size: ${COMPLETION-CANDIDATES}.",
      completionCandidates = PresetNames.class)
  private @Nullable String preset;

  @Option(names = "--arch", paramLabel = "NAME", description = "gpt2, llama, qwen3 or deepseek.")
  private @Nullable String architecture;

  @Option(names = "--tied", negatable = true, description = "Whether the head is the embedding.")
  private @Nullable Boolean tied;

  ModelSizeOptions() {}

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
            others.stopWhenOverfitting());
    return new RecipeRequest(
        request.numbers(),
        Optional.ofNullable(preset).map(Preset::named),
        choices,
        request.cadence());
  }

  /// What the user did not say is as it was said earlier, for the run at `out`.
  ///
  /// @throws dev.fader.train.TrainingException if something is said that only a new run can have
  public void otherwise(RecipeFile.Flags earlier, Path out) {
    said().forEach((flag, value) -> earlier.requireSame(out, flag, value));
    preset = preset == null ? earlier.one("preset").orElse(null) : preset;
    architecture = architecture == null ? earlier.one("arch").orElse(null) : architecture;
    tied = tied == null ? earlier.one("tied").map(Boolean::valueOf).orElse(null) : tied;
  }

  /// What the user said, by flag.
  public Map<String, String> said() {
    var said = new LinkedHashMap<String, String>();
    RecipeOptions.put(said, "preset", preset);
    RecipeOptions.put(said, "arch", architecture);
    RecipeOptions.put(said, "tied", tied);
    return said;
  }
}
