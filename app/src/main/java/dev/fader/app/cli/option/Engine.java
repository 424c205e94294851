package dev.fader.app.cli.option;

import dev.fader.inspect.machine.Machine;
import dev.fader.inspect.machine.MachineSpeed;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.parallel.Workers;
import dev.fader.tensor.TensorMemory;

/// What every computing command runs on: threads, the kernels chosen for this machine, and memory,
/// of which no more is taken than there was when the command began.
public final class Engine implements AutoCloseable {
  private final Workers workers;
  private final Kernels kernels;
  private final TensorMemory memory = new TensorMemory(Machine.here().availableBytes());

  public Engine(int threads) {
    workers = Workers.of(threads);
    kernels = Kernels.choose(workers);
  }

  public int threads() {
    return workers.threads();
  }

  public Kernels kernels() {
    return kernels;
  }

  /// How fast it is: measured, in seconds, or as `-Dfader.flopsPerSecond` says, for plans that do
  /// not depend on the moment.
  public MachineSpeed speed() {
    var given = System.getProperty("fader.flopsPerSecond");
    return given == null
        ? MachineSpeed.measure(kernels, memory)
        : new MachineSpeed(Double.parseDouble(given), Double.parseDouble(given));
  }

  public TensorMemory memory() {
    return memory;
  }

  @Override
  public void close() {
    workers.close();
  }
}
