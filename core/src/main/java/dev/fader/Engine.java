package dev.fader;

import dev.fader.inspect.machine.MachineSpeed;
import dev.fader.kernel.Kernels;
import dev.fader.kernel.parallel.Workers;
import dev.fader.tensor.TensorMemory;

/// What computes for one model or one training: threads, kernels and an account of memory. Nothing
/// of it is shared between two of them.
final class Engine implements AutoCloseable {
  private final Workers workers;
  private final Kernels kernels;
  private final TensorMemory memory;

  Engine(ModelOptions options) {
    workers = Workers.of(options.threads());
    kernels = Kernels.choose(workers);
    memory = new TensorMemory(options.memoryBytes());
  }

  int threads() {
    return workers.threads();
  }

  Kernels kernels() {
    return kernels;
  }

  TensorMemory memory() {
    return memory;
  }

  /// Measured, which takes a few seconds.
  MachineSpeed speed() {
    return MachineSpeed.measure(kernels, memory);
  }

  @Override
  public void close() {
    workers.close();
  }
}
