package dev.fader.app.cli.option;

import dev.fader.inspect.machine.Machine;
import dev.fader.inspect.machine.MachineSpeed;
import dev.fader.kernel.Engine;
import dev.fader.kernel.option.Precision;
import dev.fader.tensor.TensorMemory;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/// How a command computes. Results do not depend on the threads, and on the engine in last bits.
public final class EngineOptions {
  @Spec(Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description =
          "Threads to compute on; all cores if not given, shared by the ranks of a machine.")
  private @Nullable Integer threads;

  @Mixin private EngineOption engine;

  EngineOptions() {}

  /// What the user did not say is as it was said earlier. Threads change no number, and are not.
  public void otherwise(RecipeFile.Flags earlier) {
    engine.otherwise(earlier);
  }

  /// What the user said, by flag, that a run which goes on must not be told again.
  public Map<String, String> said() {
    return engine.said();
  }

  /// The threads, the kernels of this machine, and as much memory as there is now.
  @SuppressWarnings("MustBeClosedChecker") // The caller closes it.
  public Engine open() {
    return open(Precision.AS_STORED);
  }

  /// The same with products in a precision.
  @SuppressWarnings("MustBeClosedChecker") // The caller closes it.
  public Engine open(Precision precision) {
    return open(precision, Share.ALL);
  }

  /// Of a machine that several processes compute on.
  ///
  /// @param processors how many processes share this one's processors
  /// @param memory how many share its memory
  public record Share(int processors, int memory) {
    static final Share ALL = new Share(1, 1);
  }

  /// The same for one of several processes that share the processors and the memory.
  @SuppressWarnings("MustBeClosedChecker") // The caller closes it.
  public Engine open(Precision precision, Share share) {
    int threads =
        this.threads == null
            ? Math.max(1, Runtime.getRuntime().availableProcessors() / share.processors())
            : this.threads;
    if (threads < 1 || threads > 1024) {
      throw new ParameterException(
          command.commandLine(), "--threads is %d, and must be from 1 to 1024".formatted(threads));
    }
    var memory = new TensorMemory(Machine.here().availableBytes() / share.memory());
    var opened = new Engine(threads, memory, engine.choice(), precision);
    var product = opened.kernels().product();
    if (precision == Precision.BFLOAT16 && !product.isInBfloat16()) {
      command
          .commandLine()
          .getErr()
          .printf("--precision bf16 is float32 here, where products are by %s%n", product.engine());
    }
    return opened;
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
