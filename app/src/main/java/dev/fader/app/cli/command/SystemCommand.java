package dev.fader.app.cli.command;

import dev.fader.app.cli.option.EngineOptions;
import dev.fader.app.view.Json;
import dev.fader.inspect.machine.Machine;
import dev.fader.inspect.machine.MachineSpeed;
import dev.fader.inspect.plan.TrainingPlan;
import dev.fader.kernel.Engine;
import dev.fader.mpi.MpiGroup;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `fader system`: what Fader runs on, and how fast that is.
@Command(name = "system", description = "Shows the machine and its measured speed.")
public final class SystemCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Mixin private EngineOptions engineOptions;

  @Option(names = "--json", description = "One JSON object on standard output and nothing else.")
  private boolean json;

  SystemCommand() {}

  @Override
  public Integer call() {
    try (var engine = engineOptions.open()) {
      var machine = Machine.here();
      var speed = EngineOptions.speed(engine);
      if (json) {
        object(engine, machine, speed);
      } else {
        lines(engine, machine, speed);
      }
    }
    return 0;
  }

  private void object(Engine engine, Machine machine, MachineSpeed speed) {
    var object =
        Json.object(
            "java", Runtime.version().toString(),
            "virtual_machine", System.getProperty("java.vm.name"),
            "java_home", System.getProperty("java.home"),
            "processor", machine.processor(),
            "cores", machine.cores(),
            "threads", engine.threads(),
            "vector_bits", engine.kernels().vectorBits(),
            "vector_choice", engine.kernels().choice(),
            "engine", engine.kernels().product().engine(),
            "mpi", MpiGroup.installed().orElse(""),
            "memory_bytes", machine.memoryBytes(),
            "available_bytes", machine.availableBytes(),
            "gemm_flops_per_second", speed.flopsPerSecond(),
            "memory_bytes_per_second", speed.bytesPerSecond());
    spec.commandLine().getOut().println(Json.text(object));
  }

  private void lines(Engine engine, Machine machine, MachineSpeed speed) {
    line("java", "%s, %s", Runtime.version(), System.getProperty("java.vm.name"));
    line("", "%s", System.getProperty("java.home"));
    line("processor", "%s, %d cores", machine.processor(), machine.cores());
    line("threads", "%d", engine.threads());
    line("vectors", "%s", engine.kernels().choice());
    line("engine", "%s", engine.kernels().product().engine());
    line("mpi", "%s", MpiGroup.installed().orElse("none found"));
    line(
        "memory",
        "%s, of which %s is available (%s)",
        TrainingPlan.bytes(machine.memoryBytes()),
        TrainingPlan.bytes(machine.availableBytes()),
        machine.memorySource());
    line("products", "%s, measured", TrainingPlan.scaled(speed.flopsPerSecond(), "FLOP/s"));
    line("bandwidth", "%s, measured", TrainingPlan.scaled(speed.bytesPerSecond(), "B/s"));
  }

  private void line(String name, String format, Object... values) {
    var value = String.format(Locale.ROOT, format, values);
    spec.commandLine().getOut().printf(Locale.ROOT, "%-10s %s%n", name, value);
  }
}
