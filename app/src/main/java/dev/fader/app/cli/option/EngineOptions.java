package dev.fader.app.cli.option;

import dev.fader.inspect.machine.Machine;
import dev.fader.inspect.machine.MachineSpeed;
import dev.fader.kernel.Engine;
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

  /// The threads, the kernels of this machine, and as much memory as there is now.
  @SuppressWarnings("MustBeClosedChecker") // The caller closes it.
  public Engine open() {
    if (threads < 1 || threads > 1024) {
      throw new ParameterException(
          command.commandLine(), "--threads is %d, and must be from 1 to 1024".formatted(threads));
    }
    return new Engine(threads, Machine.here().availableBytes());
  }

  /// How fast an engine is: measured, in seconds, or as `-Dfader.flopsPerSecond` says, for plans
  /// that do not depend on the moment.
  public static MachineSpeed speed(Engine engine) {
    var given = System.getProperty("fader.flopsPerSecond");
    return given == null
        ? MachineSpeed.measure(engine.kernels(), engine.memory())
        : new MachineSpeed(Double.parseDouble(given), Double.parseDouble(given));
  }
}
