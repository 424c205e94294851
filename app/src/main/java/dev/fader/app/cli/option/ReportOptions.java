package dev.fader.app.cli.option;

import dev.fader.app.cli.terminal.FlagNames;
import dev.fader.app.cli.terminal.ScreenWidth;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/// What a training run tells, and to whom.
public final class ReportOptions {
  @Option(
      names = "--sample-prompt",
      paramLabel = "TEXT",
      description = "Prompt of the samples that are generated at each evaluation.")
  private @Nullable String samplePrompt;

  @Option(
      names = "--log",
      paramLabel = "FILE",
      description = "Where to log every step, a JSON object a line; default: log.jsonl in --out.")
  private @Nullable Path log;

  @Option(
      names = "--explain",
      description =
          "Prints the decisions of the recipe with their reasons, and the memory by purpose, before training.")
  private boolean explain;

  @Option(
      names = "--json",
      description = "One JSON object on standard output at the end and nothing else there.")
  private boolean json;

  @Option(names = "--quiet", description = "No progress, errors only.")
  private boolean quiet;

  ReportOptions() {}

  public Optional<String> samplePrompt() {
    return Optional.ofNullable(samplePrompt);
  }

  public void samplePromptOtherwise(String text) {
    if (samplePrompt == null) {
      samplePrompt = text;
    }
  }

  /// What the user did not say is as it was said earlier.
  public void otherwise(RecipeFile.Flags earlier) {
    samplePrompt = samplePrompt == null ? earlier.one("sample-prompt").orElse(null) : samplePrompt;
    log = log == null ? earlier.one("log").map(Path::of).orElse(null) : log;
  }

  /// What the user said, by flag, that a run which goes on must not be told again.
  public Map<String, String> said() {
    var said = new LinkedHashMap<String, String>();
    if (samplePrompt != null) {
      said.put("sample-prompt", samplePrompt);
    }
    if (log != null) {
      said.put("log", log.toAbsolutePath().normalize().toString());
    }
    return said;
  }

  public Path log(Path out) {
    return log == null ? out.resolve(TrainingLog.NAME) : log;
  }

  /// Makes sure that the log can be written, before any work is done.
  ///
  /// @throws ParameterException if it cannot
  public void requireLog(CommandSpec spec) {
    if (log == null) {
      return;
    }
    var parent = log.toAbsolutePath().getParent();
    if (Files.isDirectory(log)
        || (Files.exists(log) && !Files.isWritable(log))
        || (parent != null && Files.exists(parent) && !Files.isDirectory(parent))) {
      throw new ParameterException(
          spec.commandLine(),
          "--log %s cannot be written: name a file in a folder of your own".formatted(log));
    }
  }

  public boolean explain() {
    return explain;
  }

  public boolean json() {
    return json;
  }

  public boolean quiet() {
    return quiet;
  }

  /// Where lines for people go.
  public Consumer<String> notices(CommandSpec spec) {
    var err = spec.commandLine().getErr();
    return quiet
        ? line -> {}
        : line -> {
          ScreenWidth.lines(FlagNames.in(line)).forEach(err::println);
          err.flush();
        };
  }
}
