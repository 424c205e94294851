package dev.fader.app.cli.option;

import dev.fader.kernel.Engine;
import dev.fader.model.file.AdapterSource;
import dev.fader.model.file.LoadedModel;
import dev.fader.model.mix.Mix;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/// Adapters beside the weights of a model.
public final class AdapterOptions {
  private static final String FLAG = "--adapter";

  @Spec(Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = FLAG,
      paramLabel = "ADAPTER[:SCALE]",
      description =
          "An adapter beside the model: a directory that tune, peft or mlx-lm wrote, or a GGUF"
              + " file, and what its effect is multiplied with, 1 if not given. It may be given"
              + " more than once.")
  private List<String> adapters = new ArrayList<>();

  AdapterOptions() {}

  /// Whether there are any.
  public boolean isEmpty() {
    return adapters.isEmpty();
  }

  /// The model with the adapters that were asked for, and a mix. The caller closes it, before
  /// `base`.
  ///
  /// @throws ParameterException if a scale is no number
  /// @throws dev.fader.model.mix.MixException if the mix turns what is not there
  /// @throws IOException if there is no such adapter, or it cannot be read
  @SuppressWarnings("MustBeClosedChecker")
  public LoadedModel beside(LoadedModel base, Mix mix, Engine engine) throws IOException {
    return base.with(sources(), mix, engine.kernels());
  }

  /// Where they are.
  ///
  /// @throws ParameterException if a scale is no number
  public List<AdapterSource> sources() {
    return sources(command, FLAG, adapters);
  }

  /// What was given as `ADAPTER` or `ADAPTER:SCALE`.
  ///
  /// @param flag or parameter that it was given as
  /// @throws ParameterException if a scale is no number
  public static List<AdapterSource> sources(
      CommandSpec command, String flag, List<String> adapters) {
    return adapters.stream().map(adapter -> source(command, flag, adapter)).toList();
  }

  /// A path may have colons of its own: what follows the last one is the scale only if it is a
  /// number, and the path before it is there.
  private static AdapterSource source(CommandSpec command, String flag, String given) {
    int colon = given.lastIndexOf(':');
    if (colon > 0) {
      var before = Path.of(given.substring(0, colon));
      var scale = scale(given.substring(colon + 1));
      if (scale.isPresent() && (Files.exists(before) || !Files.exists(Path.of(given)))) {
        return new AdapterSource(before, scale.get());
      }
      if (Files.exists(before) && !Files.exists(Path.of(given))) {
        throw new ParameterException(
            command.commandLine(),
            "%s %s: the scale '%s' is not a finite number: give one such as 0.5, or %s alone"
                .formatted(flag, given, given.substring(colon + 1), before));
      }
    }
    return AdapterSource.of(Path.of(given));
  }

  private static Optional<Float> scale(String text) {
    try {
      float scale = Float.parseFloat(text);
      return Float.isFinite(scale) ? Optional.of(scale) : Optional.empty();
    } catch (NumberFormatException notNumber) {
      return Optional.empty();
    }
  }
}
