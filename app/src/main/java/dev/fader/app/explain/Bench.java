package dev.fader.app.explain;

import dev.fader.kernel.Kernels;
import dev.fader.kernel.parallel.Workers;
import dev.fader.tensor.TensorMemory;

/// What examples are computed on: Fader's reference kernels on one thread, whose results are the
/// same on every machine.
final class Bench implements AutoCloseable {
  private final Workers workers = Workers.of(1);
  private final Kernels kernels = Kernels.scalar(workers);
  private final TensorMemory memory = TensorMemory.unlimited();

  Kernels kernels() {
    return kernels;
  }

  TensorMemory memory() {
    return memory;
  }

  @Override
  public void close() {
    workers.close();
  }
}
