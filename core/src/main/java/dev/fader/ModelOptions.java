package dev.fader;

import dev.fader.inspect.machine.Machine;
import dev.fader.kernel.Engine;

/// The threads and the memory that a model may use. Results do not depend on them.
///
/// @param threads number of compute threads, the caller's included: from 1 to 1024
/// @param memoryBytes limit on tensor memory, which is off-heap; memory-mapped weights do not count
public record ModelOptions(int threads, long memoryBytes) {
  private static final int MOST_THREADS = 1024;

  /// @throws IllegalArgumentException if a number is out of range
  public ModelOptions {
    if (threads < 1 || threads > MOST_THREADS) {
      throw new IllegalArgumentException(
          "threads is %d, and must be from 1 to %d".formatted(threads, MOST_THREADS));
    }
    if (memoryBytes < 1) {
      throw new IllegalArgumentException(
          "memoryBytes is %d, and must be at least 1".formatted(memoryBytes));
    }
  }

  /// All cores, and all memory that is available now without swapping.
  public static ModelOptions defaults() {
    var machine = Machine.here();
    return new ModelOptions(
        Math.clamp(machine.cores(), 1, MOST_THREADS), Math.max(1, machine.availableBytes()));
  }

  /// The same with another number of threads.
  public ModelOptions withThreads(int other) {
    return new ModelOptions(other, memoryBytes);
  }

  /// The same with another limit of memory.
  public ModelOptions withMemoryBytes(long other) {
    return new ModelOptions(threads, other);
  }

  Engine engine() {
    return new Engine(threads, memoryBytes);
  }
}
