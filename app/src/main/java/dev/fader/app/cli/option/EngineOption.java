package dev.fader.app.cli.option;

import dev.fader.kernel.option.EngineChoice;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/// Who multiplies matrices.
public final class EngineOption {
  @Spec(Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--engine",
      paramLabel = "NAME",
      description =
          "Who multiplies matrices: java; onednn, a library that is used where it is installed"
              + " (Debian and Ubuntu: apt install libdnnl2); or auto, the faster of them for each"
              + " kind of product, the default. Last bits depend on it.")
  private @Nullable String engine;

  EngineOption() {}

  /// What the user did not say is as it was said earlier.
  void otherwise(RecipeFile.Flags earlier) {
    engine = engine == null ? earlier.one("engine").orElse(null) : engine;
  }

  /// What the user said, by flag, that a run which goes on must not be told again.
  Map<String, String> said() {
    return engine == null ? Map.of() : Map.of("engine", engine);
  }

  /// The engine that is named, by the option or by `-Dfader.engine`.
  ///
  /// @throws ParameterException if there is none of this name
  public EngineChoice choice() {
    if (engine == null) {
      return EngineChoice.ofProperty();
    }
    String word = engine.toLowerCase(Locale.ROOT);
    return EngineChoice.named(word)
        .orElseThrow(() ->
            new ParameterException(
                command.commandLine(),
                "--engine '%s' is unknown: choose one of %s"
                    .formatted(
                        engine,
                        Arrays.stream(EngineChoice.values())
                            .map(EngineChoice::word)
                            .collect(Collectors.joining(", ")))));
  }
}
