package dev.fader.app.cli.option;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/// How a command computes. The results are the same for any choice.
public final class EngineOptions {
  @Spec(Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads to compute on; all cores if not given.")
  private int threads = Runtime.getRuntime().availableProcessors();

  EngineOptions() {}

  @SuppressWarnings("MustBeClosedChecker") // The caller closes it.
  public Engine open() {
    if (threads < 1 || threads > 1024) {
      throw new ParameterException(
          command.commandLine(), "--threads is %d, and must be from 1 to 1024".formatted(threads));
    }
    return new Engine(threads);
  }
}
