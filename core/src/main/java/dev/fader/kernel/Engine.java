package dev.fader.kernel;

import dev.fader.kernel.option.EngineChoice;
import dev.fader.kernel.option.Precision;
import dev.fader.kernel.parallel.Workers;
import dev.fader.tensor.TensorMemory;

/// What one program computes on: threads, the kernels that run on them, and an account of memory.
/// Two engines share nothing.
public final class Engine implements AutoCloseable {
  private final Workers workers;
  private final Kernels kernels;
  private final TensorMemory memory;

  /// The fastest kernels of this machine.
  ///
  /// @param memoryBytes of tensor memory at most
  /// @throws IllegalArgumentException if `threads` is not positive
  public Engine(int threads, long memoryBytes) {
    this(threads, new TensorMemory(memoryBytes));
  }

  /// The same with memory that the caller accounts for.
  ///
  /// @throws IllegalArgumentException if `threads` is not positive
  public Engine(int threads, TensorMemory memory) {
    this(threads, memory, EngineChoice.ofProperty(), Precision.AS_STORED);
  }

  /// The same with products of an engine, and in a precision, that the caller chooses.
  ///
  /// @throws IllegalArgumentException if `threads` is not positive
  public Engine(int threads, TensorMemory memory, EngineChoice choice, Precision precision) {
    this.workers = Workers.of(threads);
    this.kernels = Kernels.choose(workers, choice).in(precision);
    this.memory = memory;
  }

  private Engine(Workers workers) {
    this.workers = workers;
    kernels = Kernels.scalar(workers);
    memory = TensorMemory.unlimited();
  }

  /// The reference kernels on one thread, whose results are the same on every machine.
  public static Engine reference() {
    return new Engine(Workers.of(1));
  }

  public int threads() {
    return workers.threads();
  }

  public Kernels kernels() {
    return kernels;
  }

  public TensorMemory memory() {
    return memory;
  }

  @Override
  public void close() {
    workers.close();
  }
}
