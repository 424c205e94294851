package dev.fader.kernel;

import dev.fader.kernel.parallel.Workers;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/// The operands of a test of kernels, and the threads that these run on.
public abstract class KernelFixture {
  protected final Operands operands;
  protected Workers workers;

  protected KernelFixture(long seed) {
    operands = new Operands(seed);
  }

  @BeforeEach
  protected void open() {
    workers = Workers.of(2);
  }

  @AfterEach
  protected void close() {
    workers.close();
    operands.close();
  }
}
